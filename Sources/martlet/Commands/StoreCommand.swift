internal import ArgumentParser
internal import MartletSystem
internal import Operations

/// `martlet store …`
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Check, back up and restore everything that is stored.",
        discussion: """
            Examples:
              martlet store check
              martlet store backup /backup/today       while it runs
              martlet store restore /backup/today      while it is stopped, into an empty data folder
            """,
        subcommands: [Check.self, Backup.self, Restore.self]
    )

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that accounts, mailboxes, messages, counters and files agree; fails when they do not.",
            discussion: """
                It changes nothing. What a crash has left and the next start puts right is told, and is no failure.
                """
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let result = try await self.site.ask(StoreCheck())
            try self.output.print(result) { result in
                let leftovers = (result.leftovers ?? []).map { "\($0) (the next start puts this right)" }
                return ((result.findings.isEmpty ? ["Everything agrees."] : result.findings) + leftovers)
                    .joined(separator: "\n")
            }
            if !result.findings.isEmpty { throw ExitCode(1) }
        }
    }

    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy everything, consistently, into a new folder; mail goes on meanwhile.",
            discussion: """
                Everything is what the data folder holds: accounts, keys that sign mail, mailboxes, queue, trace, and
                the certificate that the server has made for itself. The configuration and the files it names
                (certificates, scripts, lists) are yours to keep. Keep the backup as safe as the server: it holds
                private keys.
                """
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "A folder that does not exist yet.") var folder: String

        func run() async throws {
            try self.output.print(await self.site.ask(StoreBackup(folder: absolutePath(self.folder))), \.message)
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a backup back; Martlet must be stopped and the data folder empty of mail."
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The folder of the backup.") var folder: String

        func run() async throws {
            let done = try DataFolder.restore(from: absolutePath(self.folder), configuration: self.site.configuration())
            try self.output.print(Done(done), \.message)
        }
    }
}
