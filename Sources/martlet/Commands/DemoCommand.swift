internal import ArgumentParser
internal import Glibc
internal import MailTypes
internal import MartletConfig
internal import MartletSystem
internal import Supervisor

/// `martlet demo`
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Try everything: a whole server on 127.0.0.1 with demo accounts.",
        discussion: """
            Accounts alice and bob have the password demo; those of --accounts are u000, u001 … with the password pw.
            Example: martlet demo --home /tmp/martlet --accounts 200
            """
    )
    @Option(help: "The folder everything is kept in; made if absent.") var home: String
    @Option(help: "How many further accounts to have.") var accounts = 0
    @Option(help: "The domain.") var domain = "martlet.test"
    @Option(help: "HOST:PORT that takes mail for other domains.") var route: String?
    @Flag(help: "Run without the supervisor, for debugging.") var foregroundWorker = false

    func run() async throws {
        var route: HostPort?
        if let text = self.route {
            guard let parsed = HostPort(text) else { throw CommandFailure("'\(text)' is not HOST:PORT") }
            route = parsed
        }
        let home = absolutePath(self.home)
        let domain = Domain(self.domain)
        let configuration = MartletConfig.demo(home: home, domain: domain, accounts: self.accounts, route: route)
        let path: String
        do {
            path = try await DemoHome.prepare(configuration, domain: domain, accounts: self.accounts)
        } catch {
            throw CommandFailure("\(error)")
        }
        self.printWhatToTry(home)
        if self.foregroundWorker {
            try await Serving.work(LoadedConfiguration(path: path), handover: nil)
        } else {
            // The supervisor wants a process in which nothing has happened yet.
            ProgramFile.restart(["serve", "--config", path])
            throw CommandFailure("cannot run \(CommandLine.arguments[0]) again")
        }
    }

    private func printWhatToTry(_ home: String) {
        print(
            """
            Martlet \(MartletVersion.text), everything on 127.0.0.1. Stop it with Ctrl-C.

              SMTP 2525   submission 2587 (STARTTLS), 2465 (TLS)   LMTP 2424
              IMAP 2143 (STARTTLS), 2993 (TLS)   POP3 2110 (STLS), 2995 (TLS)
              ManageSieve 2419 (STARTTLS)
              accounts: alice, bob; password: demo; domain: \(self.domain)
              certificate (self-signed, for localhost): \(home)/cert.pem

            Try, in another terminal:

              swaks --server 127.0.0.1:2525 --from bob@\(self.domain) --to alice@\(self.domain)
              curl -u alice:demo 'imap://127.0.0.1:2143/INBOX?ALL'
              sieve-connect --server localhost --port 2419 --user alice --tlscafile \(home)/cert.pem --list
              martlet trace alice@\(self.domain) --home \(home)
              martlet ledger --home \(home)
            """
        )
        fflush(nil)
    }
}
