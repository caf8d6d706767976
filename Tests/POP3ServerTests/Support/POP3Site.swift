import Directory
import Glibc
import Listener
import Logging
import MailStore
import MailTesting
import MailTypes
import NIOCore
import NIOPosix
import POP3Server
import POP3Wire
import Storage
import Synchronization
import Trace

/// A whole POP3 server in a temporary folder, on a port of its own, with the accounts `alice` and `bob`.
final class POP3Site: Sendable {
    static let password = "secret"

    let folder = TemporaryFolder()
    let store: MailStore
    let directory: Directory
    let listener: Listener
    let port: Int
    private let loops: EventLoops
    let trace: TraceJournal
    private let opened: OpenedChannels

    /// The connections taken so far, in their order.
    var connections: [any Channel] { self.opened.all.withLock { $0 } }

    /// - Parameters:
    ///   - hasTLS: STLS is offered.
    ///   - change: settings that differ from a demo's, where logins without TLS are allowed and cost no delay.
    init(
        hasTLS: Bool = false,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ change: (inout POP3Service.Configuration) -> Void = { _ in }
    ) async throws {
        let clock = SystemClock()
        self.store = try MailStore.open(folder: self.folder.path("mail"), shards: 1, clock: clock)
        self.directory = try Directory.open(folder: self.folder.path("directory"), clock: clock)
        self.trace = try TraceJournal(folder: self.folder.path("trace"), days: 1, clock: clock)
        self.loops = EventLoops(count: 1)
        try await self.directory.addDomain(Domain("martlet.test"))
        for name in ["alice", "bob"] {
            let address = EmailAddress(localPart: name, domain: Domain("martlet.test"))
            let account = NewAccount(address: address, password: .throwaway(Secret(Self.password)))
            try await self.store.createAccount(try await self.directory.addAccount(account))
        }
        var configuration = POP3Service.Configuration()
        configuration.session.loginDelay = .zero
        configuration.allowsPlaintextLogin = { _ in true }
        change(&configuration)
        let service = POP3Service(
            store: self.store,
            directory: self.directory,
            trace: self.trace,
            configuration: configuration,
            logger: logger
        )
        let options = ListenerOptions(
            name: "pop3",
            points: [.address(host: "127.0.0.1", port: 0)],
            tlsMode: hasTLS ? .startTLS : .none,
            refusalLine: POP3Service.refusalLine
        )
        let opened = OpenedChannels()
        self.opened = opened
        self.listener = Listener(
            options,
            loops: self.loops,
            tlsContexts: hasTLS ? try Self.makeCertificate(in: self.folder) : nil,
            journal: self.trace,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { accepted in
            opened.all.withLock { $0.append(accepted.channel) }
            try service.attach(accepted)
        }
        self.port = try await self.listener.start().first?.port ?? 0
    }

    /// Runs `body` with a fresh site and takes it down again whatever happens.
    static func with<R>(
        hasTLS: Bool = false,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ change: (inout POP3Service.Configuration) -> Void = { _ in },
        _ body: (POP3Site) async throws -> R
    ) async throws -> R {
        let site = try await POP3Site(hasTLS: hasTLS, logger: logger, change)
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

    func inbox(_ name: String = "alice") async throws -> MailboxSummary {
        guard let inbox = try await self.store.mailbox(named: .inbox, of: self.account(name)) else { throw Missing() }
        return inbox
    }

    /// Puts messages into the INBOX as a delivery would.
    func add(_ texts: [String], to name: String = "alice") async throws {
        let messages = texts.map { text in
            NewMessage(
                content: .inline(ByteBuffer(string: text)),
                internalDate: Instant(secondsSince1970: 1_750_000_000)
            )
        }
        _ = try await self.store.append(messages, to: self.inbox(name).id, of: self.account(name))
    }

    /// A client's conversation, on a thread of its own, so that the server's tasks are not kept waiting.
    func talk<R: Sendable>(_ body: @escaping @Sendable (POP3Client) throws -> R) async throws -> R {
        let port = self.port
        return try await withCheckedThrowingContinuation { continuation in
            POP3Client.onThread { continuation.resume(with: Result { try body(POP3Client(port: port)) }) }
        }
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

private final class OpenedChannels: Sendable {
    let all = Mutex<[any Channel]>([])
}
