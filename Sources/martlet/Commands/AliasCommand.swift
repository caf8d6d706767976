internal import ArgumentParser
internal import Operations

/// `martlet alias …`
struct AliasCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias",
        abstract: "Addresses whose mail goes to others.",
        discussion: "Example: martlet alias add office@example.org alice@example.org bob@example.net",
        subcommands: [Add.self, List.self, Remove.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send mail for an address to others.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address in one of our domains.") var address: String
        @Argument(help: "Where its mail goes, one or more addresses, here or elsewhere.") var targets: [String]

        func run() async throws {
            let call = AliasAdd(address: self.address, targets: self.targets)
            try self.output.print(await self.site.ask(call), \.message)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List aliases.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "Only addresses that contain this.") var containing = ""
        @Option(help: "Only those of this domain.") var domain: String?
        @Option(help: "At most so many.") var limit = CountArgument(10_000)

        func run() async throws {
            let call = AliasList(containing: self.containing, domain: self.domain, limit: self.limit.count + 1)
            try self.output.print(await self.site.ask(call), limit: self.limit) { rows in
                var table = TextTable("ALIAS", "GOES TO")
                for row in rows { table.add(row.address, row.targets.joined(separator: ", ")) }
                return table.text
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove an alias.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address.") var address: String

        func run() async throws {
            try self.output.print(await self.site.ask(AliasRemove(address: self.address)), \.message)
        }
    }
}
