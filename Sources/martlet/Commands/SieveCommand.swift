internal import ArgumentParser

/// `martlet sieve …`
struct SieveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sieve",
        abstract: "Scripts that file, answer and send on mail at delivery.",
        discussion: "Example: martlet sieve put alice@example.org away.sieve --activate",
        subcommands: [
            SieveListCommand.self, SieveShowCommand.self, SievePutCommand.self, SieveActivateCommand.self,
            SieveDeactivateCommand.self, SieveRemoveCommand.self,
        ]
    )
}
