internal import ArgumentParser
internal import Operations

/// `martlet mailbox …`
struct MailboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailbox",
        abstract: "The mailboxes of an account.",
        discussion: "Example: martlet mailbox list alice@example.org",
        subcommands: [List.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List an account's mailboxes.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The account's address.") var address: String

        func run() async throws {
            try self.output.print(await self.site.ask(MailboxList(address: self.address))) { rows in
                var table = TextTable("ID", "MAILBOX", "MESSAGES", "UNSEEN", "SIZE", "USE")
                for row in rows {
                    table.add(
                        "\(row.id)",
                        row.mailbox,
                        "\(row.messages)",
                        "\(row.unseen)",
                        describeOctets(row.octets),
                        row.specialUse ?? ""
                    )
                }
                return table.text
            }
        }
    }
}
