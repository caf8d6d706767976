import Directory
import Filing
import Listener
import Logging
import MailQueue
import MailStore
import MailTesting
import MailTypes
import NIOCore
import NIOPosix
import NIOSSL
import Reception
import SMTPServer
import Storage
import Trace

/// A whole mail-taking site in a temporary folder: `alice` and `bob` at martlet.test (password `demo`), the alias
/// `team` for both, `out` for somebody elsewhere, `mixed` for alice and somebody elsewhere; a queue nobody empties.
struct TestSite {
    static let domain = Domain("martlet.test")
    static let loops = EventLoops(count: 2)

    let folder: TemporaryFolder
    let directory: Directory
    let store: MailStore
    let filing: Filing
    let queue: MailQueue
    let spool: Spool
    let journal: TraceJournal
    let reception: Reception
    let clock: any WallClock

    static func with<R>(
        trustsLoopback: Bool = false,
        flights: FlightRecorder? = nil,
        checker: SenderChecker? = nil,
        in parent: String? = nil,
        _ body: (TestSite) async throws -> R
    ) async throws -> R {
        let folder = TemporaryFolder(in: parent)
        defer { folder.remove() }
        let site = try await TestSite(folder, trustsLoopback: trustsLoopback, flights: flights, checker: checker)
        do {
            let result = try await body(site)
            site.close()
            return result
        } catch {
            site.close()
            throw error
        }
    }

    private init(
        _ folder: TemporaryFolder,
        trustsLoopback: Bool,
        flights: FlightRecorder?,
        checker: SenderChecker?
    ) async throws {
        let clock = SystemClock()
        self.folder = folder
        self.clock = clock
        self.directory = try Directory.open(folder: folder.path("directory"), clock: clock)
        self.store = try MailStore.open(folder: folder.path("mail"), shards: 1, clock: clock)
        self.queue = try MailQueue.open(folder: folder.path("queue"), clock: clock)
        self.spool = try Spool.open(folder: folder.path("spool"))
        self.journal = try TraceJournal(folder: folder.path("trace"), days: 1, clock: clock)
        let directory = self.directory
        self.filing = Filing(
            FilingOptions(hostName: "mail.martlet.test"),
            store: self.store,
            journal: self.journal,
            addresses: { directory.addresses(of: $0).map(\.description) },
            clock: clock,
            log: Self.log,
            seal: { message, received, options in
                try directory.seal(
                    handingOn: message.readableBytesUInt8Span,
                    keptAs: received.readableBytesUInt8Span,
                    host: options.hostName,
                    sealer: options.sealer ?? Domain(options.hostName)
                )
            }
        )
        var options = ReceptionOptions(hostName: "mail.martlet.test")
        if trustsLoopback { options.trustedNetworks = NetworkList(["127.0.0.0/8"]) ?? .none }
        self.reception = Reception(
            options,
            services: ReceptionServices(
                directory: self.directory,
                store: self.store,
                filing: self.filing,
                queue: self.queue,
                spool: self.spool,
                journal: self.journal,
                flights: flights,
                checker: checker
            ),
            clock: clock,
            log: Self.log
        )
        try await self.fill()
    }

    private func fill() async throws {
        try await self.directory.addDomain(Self.domain)
        for name in ["alice", "bob"] {
            let account = try await self.directory.addAccount(
                NewAccount(address: Self.address(name), password: .throwaway(Secret("demo")))
            )
            try await self.store.createAccount(account)
        }
        let elsewhere = EmailAddress(localPart: "carol", domain: Domain("example.org"))
        let aliases: [(String, [EmailAddress])] = [
            ("team", [Self.address("alice"), Self.address("bob")]),
            ("out", [elsewhere]),
            ("mixed", [Self.address("alice"), elsewhere]),
        ]
        for (name, targets) in aliases {
            try await self.directory.addAlias(Alias(address: Self.address(name), targets: targets))
        }
    }

    /// The queue as the next start of the program finds it. The site's own takes nothing any more.
    func reopenedQueue() throws -> MailQueue {
        self.queue.close()
        return try MailQueue.open(folder: self.folder.path("queue"), clock: self.clock)
    }

    func close() {
        self.queue.close()
        self.store.close()
        self.directory.close()
    }

    static var log: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    static func address(_ name: String) -> EmailAddress { EmailAddress(localPart: name, domain: Self.domain) }

    func account(_ name: String) throws -> AccountID {
        guard let account = self.directory.account(named: "\(name)@martlet.test") else { throw Missing(what: name) }
        return account.id
    }

    /// The messages in an account's INBOX, oldest first.
    func inbox(_ name: String) async throws -> [String] { try await self.messages(name, "INBOX") }

    /// The messages in one of an account's mailboxes, oldest first.
    func messages(_ name: String, _ mailbox: String) async throws -> [String] {
        let account = try self.account(name)
        guard let mailbox = MailboxName(mailbox),
            let summary = try await self.store.mailbox(named: mailbox, of: account)
        else { return [] }
        let state = try await self.store.open(summary.id, of: account).state()
        let ids = (0..<state.count).map { state[$0].message }
        return try await self.store.read(of: account) { reader in
            try ids.map { id in
                try reader.withBody(id) { body in String(copying: body) } ?? ""
            }
        }
    }

    struct Missing: Error {
        let what: String
    }
}

extension String {
    init(copying bytes: Span<UInt8>) {
        var copy: [UInt8] = []
        for index in 0..<bytes.count { copy.append(bytes[index]) }
        self = String(decoding: copy, as: UTF8.self)
    }
}

/// A server on a port of its own.
struct TestServer {
    let listener: Listener
    let address: SocketAddress

    static func with<R>(
        _ site: TestSite,
        _ options: SMTPServerOptions,
        tlsMode: TLSMode = .none,
        tls: TLSContexts? = nil,
        tune: (inout ListenerOptions) -> Void = { _ in },
        _ body: (TestServer) async throws -> R
    ) async throws -> R {
        let service = SMTPService(
            options,
            reception: site.reception,
            directory: site.directory,
            spool: site.spool,
            journal: site.journal,
            log: TestSite.log
        )
        var listening = SMTPService.listenerOptions(
            name: "test",
            points: [.address(host: "127.0.0.1", port: 0)],
            tlsMode: tlsMode,
            hostName: options.hostName
        )
        tune(&listening)
        let listener = Listener(
            listening,
            loops: TestSite.loops,
            tlsContexts: tls,
            journal: site.journal,
            log: TestSite.log,
            setUp: { try service.setUp($0) }
        )
        let addresses = try await listener.start()
        do {
            let result = try await body(TestServer(listener: listener, address: addresses[0]))
            await listener.stop(grace: .seconds(5))
            return result
        } catch {
            await listener.stop(grace: .milliseconds(10))
            throw error
        }
    }

    func connect(tls: NIOSSLContext? = nil) async throws -> TestClient {
        try await TestClient.connect(self.address, on: TestSite.loops.group, tls: tls)
    }
}

extension SMTPServerOptions {
    /// A server as the tests want it: failed logins are answered at once.
    static func test(_ door: ReceptionDoor) -> Self {
        var options = Self(door: door, hostName: "mail.martlet.test")
        options.loginFailureDelay = .zero
        return options
    }
}

extension TLSContexts {
    /// A certificate of its own for one test.
    static func test(in folder: TemporaryFolder) throws -> TLSContexts {
        let files = TLSFiles(certificate: folder.path("cert.pem"), key: folder.path("key.pem"))
        try SelfSignedCertificate.ensure(files, hosts: ["localhost", "127.0.0.1"])
        return try TLSContexts(files)
    }
}

/// A client's context that trusts one certificate only.
func trusting(_ certificate: String) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .file(certificate)
    configuration.certificateVerification = .noHostnameVerification
    return try NIOSSLContext(configuration: configuration)
}
