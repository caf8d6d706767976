internal import ArgumentParser
internal import Operations

/// `martlet domain …`
struct DomainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain",
        abstract: "The domains mail is accepted for.",
        discussion: "Example: martlet domain add example.org",
        subcommands: [Add.self, List.self, Remove.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Accept mail for a domain.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The domain, such as example.org.") var domain: String

        func run() async throws {
            try self.output.print(await self.site.ask(DomainAdd(domain: self.domain)), \.message)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the domains.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try self.output.print(await self.site.ask(DomainList())) { rows in
                var table = TextTable("DOMAIN", "ACCOUNTS", "ALIASES", "")
                for row in rows {
                    table.add(row.domain, "\(row.accounts)", "\(row.aliases)", row.isDefault ? "default" : "")
                }
                return table.text
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop accepting mail for a domain that has no accounts or aliases left."
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The domain.") var domain: String

        func run() async throws {
            try self.output.print(await self.site.ask(DomainRemove(domain: self.domain)), \.message)
        }
    }
}
