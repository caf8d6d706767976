import Directory
import Listener
import Logging
import MailStore
import MailTesting
import MailTypes
import ManageSieveServer
import NIOCore
import NIOPosix
import Trace

/// A whole ManageSieve server in a temporary folder, on a port of its own, with the accounts `alice` and `bob`.
final class ManageSieveSite: Sendable {
    static let password = "secret"

    let folder = TemporaryFolder()
    let store: MailStore
    let directory: Directory
    let listener: Listener
    let port: Int
    private let loops: EventLoops
    private let trace: TraceJournal

    /// - Parameters:
    ///   - hasTLS: STARTTLS is offered.
    ///   - change: settings that differ from a demo's, where logins without TLS are allowed and cost no delay.
    init(hasTLS: Bool, _ change: (inout ManageSieveService.Configuration) -> Void) async throws {
        let clock = SystemClock()
        self.store = try MailStore.open(folder: self.folder.path("mail"), shards: 1, clock: clock)
        self.directory = try Directory.open(folder: self.folder.path("directory"), clock: clock)
        self.trace = try TraceJournal(folder: self.folder.path("trace"), days: 1, clock: clock)
        self.loops = EventLoops(count: 1)
        try await self.directory.addDomain(Domain("martlet.test"))
        for (name, password) in [("alice", NewPassword.throwaway), ("bob", NewPassword.clear)] {
            let address = EmailAddress(localPart: name, domain: Domain("martlet.test"))
            let account = NewAccount(address: address, password: password(Secret(Self.password)))
            try await self.store.createAccount(try await self.directory.addAccount(account))
        }
        var configuration = ManageSieveService.Configuration(version: "test")
        configuration.session.loginDelay = .zero
        configuration.allowsPlaintextLogin = { _ in true }
        change(&configuration)
        let service = ManageSieveService(
            store: self.store,
            directory: self.directory,
            trace: self.trace,
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let options = ListenerOptions(
            name: "managesieve",
            points: [.address(host: "127.0.0.1", port: 0)],
            tlsMode: hasTLS ? .startTLS : .none,
            refusalLine: ManageSieveService.refusalLine
        )
        self.listener = Listener(
            options,
            loops: self.loops,
            tlsContexts: hasTLS ? try Self.makeCertificate(in: self.folder) : nil,
            journal: self.trace,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            setUp: service.attach
        )
        self.port = try await self.listener.start().first?.port ?? 0
    }

    /// Runs `body` with a fresh site and takes it down again whatever happens.
    static func with<R>(
        hasTLS: Bool = false,
        _ change: (inout ManageSieveService.Configuration) -> Void = { _ in },
        _ body: (ManageSieveSite) async throws -> R
    ) async throws -> R {
        let site = try await ManageSieveSite(hasTLS: hasTLS, change)
        do {
            let result = try await body(site)
            try await site.close()
            return result
        } catch {
            try? await site.close()
            throw error
        }
    }

    func account(_ name: String = "alice") throws -> AccountID {
        guard let account = self.directory.account(named: "\(name)@martlet.test") else { throw Missing() }
        return account.id
    }

    /// A client that has read the greeting.
    func connect() async throws -> ManageSieveClient {
        let client = try await ManageSieveClient(port: self.port)
        _ = try await client.answer()
        return client
    }

    private static func makeCertificate(in folder: TemporaryFolder) throws -> TLSContexts {
        let files = TLSFiles(certificate: folder.path("cert.pem"), key: folder.path("key.pem"))
        _ = try SelfSignedCertificate.ensure(files, hosts: ["localhost"])
        return try TLSContexts(files)
    }

    private func close() async throws {
        await self.listener.stop(grace: .seconds(5))
        try await self.loops.shutDown()
        self.store.close()
        self.directory.close()
        self.folder.remove()
    }

    struct Missing: Error {}
}
