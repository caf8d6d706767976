internal import ArgumentParser
internal import Operations

/// `martlet account …`
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "The people and roles that have mailboxes here.",
        discussion: """
            Examples:
              martlet account add alice@example.org --quota 2G
              echo secret | martlet account password alice@example.org
              martlet account add bob@example.org --hash '{SHA512-CRYPT}$6$…'
              martlet account suspend bob@example.org
            """,
        subcommands: [
            Add.self, List.self, Show.self, Password.self, Quota.self, Suspend.self, Resume.self, Remove.self,
            Forget.self,
        ]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account; asks for the password or reads it from standard input."
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address, which is also the login.") var address: String
        @Option(help: "A password hash from another system: crypt(3), PHC, or {SCHEME} as Dovecot writes it.")
        var hash: String?
        @Flag(help: "No password: nobody can log in until one is set.") var locked = false
        @Flag(help: "The account is an administrator's; the first one gets postmaster's mail.") var admin = false
        @Option(help: "Room for its mail, such as 500M or 2G; none means no limit.") var quota: OctetsArgument?
        @Option(help: "How many messages it may hold.") var quotaMessages: CountArgument?

        func run() async throws {
            let call = AccountAdd(
                address: self.address,
                password: self.hash == nil && !self.locked ? try readNewPassword() : nil,
                passwordHash: self.hash,
                isAdmin: self.admin,
                quotaOctets: self.quota?.octets,
                quotaMessages: self.quotaMessages?.count
            )
            try self.output.print(await self.site.ask(call), \.message)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "Only addresses that contain this.") var containing = ""
        @Option(help: "Only those of this domain.") var domain: String?
        @Option(help: "At most so many.") var limit = CountArgument(10_000)

        func run() async throws {
            let call = AccountList(containing: self.containing, domain: self.domain, limit: self.limit.count + 1)
            try self.output.print(await self.site.ask(call), limit: self.limit) { rows in
                var table = TextTable("ADDRESS", "STATE", "QUOTA", "")
                for row in rows {
                    let quota = describeQuota(row.quotaOctets, row.quotaMessages)
                    table.add(row.address, row.state, quota, row.isAdmin ? "admin" : "")
                }
                return table.text
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one account.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address.") var address: String

        func run() async throws {
            try self.output.print(await self.site.ask(AccountShow(address: self.address))) { account in
                """
                address   \(account.address)
                state     \(account.state)\(account.isAdmin ? ", admin" : "")
                password  \(account.passwordScheme ?? "none")\(account.canUseSCRAM ? ", SCRAM" : "")
                mail      \(account.messages) messages, \(describeOctets(account.octets))
                quota     \(describeQuota(account.quotaOctets, account.quotaMessages))
                aliases   \(account.aliases.isEmpty ? "none" : account.aliases.joined(separator: ", "))
                created   \(account.created)
                """
            }
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a password; asks for it or reads it from standard input.",
            discussion: """
                Sessions that are open go on; those of an account that is suspended or removed end at their next \
                command.
                """
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address.") var address: String
        @Option(help: "A password hash from another system instead.") var hash: String?

        func run() async throws {
            let call = AccountPassword(
                address: self.address,
                password: self.hash == nil ? try readNewPassword() : nil,
                passwordHash: self.hash
            )
            try self.output.print(await self.site.ask(call), \.message)
        }
    }

    struct Quota: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set the limits of an account.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address.") var address: String
        @Argument(help: "Room for its mail, such as 500M or 2G, or none.") var quota: OctetsArgument
        @Option(help: "How many messages it may hold; without this there is no such limit.")
        var messages: CountArgument?

        func run() async throws {
            let call = AccountQuota(address: self.address, octets: self.quota.octets, messages: self.messages?.count)
            try self.output.print(await self.site.ask(call), \.message)
        }
    }

    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop an account without touching its mail.",
            discussion: """
                Nobody can log in to it, and its open sessions end at their next command. Mail for it is answered with \
                450, so that senders try again until they give up; its share of an alias's mail waits in the queue.
                """
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address.") var address: String

        func run() async throws {
            let call = AccountSuspension(address: self.address, isSuspended: true)
            try self.output.print(await self.site.ask(call), \.message)
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a suspended account be used again.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address.") var address: String

        func run() async throws {
            let call = AccountSuspension(address: self.address, isSuspended: false)
            try self.output.print(await self.site.ask(call), \.message)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove an account with all its mail.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address.") var address: String
        @Flag(help: "Do not ask.") var yes = false

        func run() async throws {
            try confirm("Remove \(self.address) and all its mail?", unless: self.yes)
            try self.output.print(await self.site.ask(AccountRemove(address: self.address)), \.message)
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the mail of an account that the directory does not know.",
            discussion: """
                A removal that was interrupted leaves it, and so does a directory older than the mail. Such accounts \
                are what martlet store check calls accountNotInDirectory, with their numbers.
                """
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The account's number.") var number: Int64
        @Flag(help: "Do not ask.") var yes = false

        func run() async throws {
            try confirm("Remove all mail of account \(self.number)?", unless: self.yes)
            try self.output.print(await self.site.ask(AccountForget(id: self.number)), \.message)
        }
    }
}

/// `2.0 GiB, 1000 messages`, for people.
private func describeQuota(_ octets: Int?, _ messages: Int?) -> String {
    let limits = [octets.map(describeOctets), messages.map { "\($0) messages" }].compactMap(\.self)
    return limits.isEmpty ? "none" : limits.joined(separator: ", ")
}

/// Asks before mail is removed.
private func confirm(_ question: String, unless isSure: Bool) throws {
    guard !isSure else { return }
    print("\(question) Type yes:")
    guard readLine() == "yes" else { throw CommandFailure("nothing was removed") }
}
