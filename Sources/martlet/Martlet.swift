internal import ArgumentParser
internal import MartletSystem

/// The program: a mail server and the commands to run it.
@main
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract:
            "A complete mail server: SMTP, submission, LMTP, IMAP, POP3, ManageSieve, with its queue.",
        discussion: """
            Examples:
              martlet demo --home /tmp/martlet            try everything on high ports
              martlet config check /etc/martlet/martlet.toml
              martlet serve --config /etc/martlet/martlet.toml
              martlet account add alice@example.org       asks for the password
              martlet trace alice@example.org             the life of her messages
            """,
        version: MartletVersion.text,
        subcommands: [
            ServeCommand.self, DemoCommand.self, ReloadCommand.self, UpgradeCommand.self, StopCommand.self,
            StatusCommand.self,
            ConfigCommand.self, DomainCommand.self, AccountCommand.self, AliasCommand.self, MailboxCommand.self,
            QueueCommand.self, SieveCommand.self, AuthCommand.self, DKIMCommand.self, TraceCommand.self,
            LedgerCommand.self, StoreCommand.self, VersionCommand.self,
        ]
    )

    /// Runs the command that was asked for.
    ///
    /// The supervisor runs here, before anything is waited for: from then on the main thread takes every signal with
    /// its default action, and the supervisor would die of the first.
    static func main() async {
        do {
            var command = try self.parseAsRoot()
            if let serve = command as? ServeCommand, serve.isSupervisor {
                try serve.supervise()
            } else if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            self.exit(withError: error)
        }
    }
}
