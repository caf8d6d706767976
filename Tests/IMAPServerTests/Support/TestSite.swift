import Directory
import Filing
import Foundation
import IMAPServer
import IMAPWire
import Listener
import Logging
import MailStore
import MailTypes
import NIOCore
import NIOPosix
import Storage
import Synchronization
import Trace

/// A whole IMAP server in a temporary folder, on a port of its own, with the accounts `alice` and `bob`.
final class TestSite: Sendable {
    static let password = "secret"

    let folder: String
    let store: MailStore
    let directory: Directory
    let port: Int
    private let loops: EventLoops
    private let server: any Channel
    private let opened: ChannelList

    /// - Parameters:
    ///   - wire: limits of the grammar.
    ///   - session: limits of the session; logins fail without delay unless said otherwise.
    ///   - allowsPlaintextLogin: whether LOGIN works without TLS, as it does on loopback in the demo.
    init(
        wire: IMAPLimits = IMAPLimits(),
        session: IMAPSessionLimits = TestSite.impatient,
        allowsPlaintextLogin: Bool = true,
        tlsContexts: TLSContexts? = nil,
        folder: String? = nil,
        logger: Logger? = nil
    ) async throws {
        self.folder = folder ?? Self.makeFolder()
        let clock = SystemClock()
        self.store = try MailStore.open(folder: "\(self.folder)/mail", shards: 1, clock: clock)
        self.directory = try Directory.open(folder: "\(self.folder)/directory", clock: clock)
        let trace = try TraceJournal(folder: "\(self.folder)/trace", days: 1, clock: clock)
        if folder == nil {
            try await self.directory.addDomain(Domain("martlet.test"))
            for name in ["alice", "bob"] {
                let id = try await self.directory.addAccount(
                    NewAccount(
                        address: EmailAddress(localPart: name, domain: Domain("martlet.test")),
                        password: .throwaway(Secret(Self.password))
                    )
                )
                try await self.store.createAccount(id)
            }
        }
        var configuration = IMAPService.Configuration(version: "test")
        configuration.wire = wire
        configuration.session = session
        configuration.administrator = "mailto:postmaster@martlet.test"
        configuration.allowsPlaintextLogin = { _ in allowsPlaintextLogin }
        configuration.scriptsURI = "sieve://martlet.test:4190"
        let filing = Filing(
            FilingOptions(hostName: "martlet.test"),
            store: self.store,
            journal: trace,
            addresses: { _ in [] },
            clock: clock,
            log: Logger(label: "filing") { _ in SwiftLogNoOpLogHandler() }
        )
        let service = IMAPService(
            store: self.store,
            directory: self.directory,
            spool: try Spool.open(folder: "\(self.folder)/spool"),
            trace: trace,
            configuration: configuration,
            clock: clock,
            filing: filing,
            logger: logger
        )
        let loops = EventLoops(count: 1)
        let opened = ChannelList()
        self.loops = loops
        self.opened = opened
        self.server = try await ServerBootstrap(group: loops.group)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    opened.add(channel)
                    try service.attach(
                        AcceptedConnection(
                            info: ConnectionInfo(
                                id: trace.makeID(),
                                listener: "imap",
                                peer: channel.remoteAddress ?? SocketAddress(ipAddress: "127.0.0.1", port: 1),
                                local: nil
                            ),
                            channel: channel,
                            tlsContexts: tlsContexts,
                            timers: ConnectionTimers(eventLoop: channel.eventLoop),
                            tasks: loops.tasks
                        )
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = self.server.localAddress?.port ?? 0
    }

    static var impatient: IMAPSessionLimits {
        var limits = IMAPSessionLimits()
        limits.loginDelay = .zero
        return limits
    }

    static func makeFolder() -> String {
        NSTemporaryDirectory() + "martlet-imap-\(UUID().uuidString)"
    }

    func account(_ name: String) throws -> AccountID {
        guard let account = self.directory.account(named: "\(name)@martlet.test") else { throw Missing(what: name) }
        return account.id
    }

    /// Puts messages into a mailbox as a delivery or another program would.
    @discardableResult
    func add(_ texts: [String], to mailbox: String = "INBOX", of name: String = "alice") async throws -> [UID] {
        let account = try self.account(name)
        guard let mailboxName = MailboxName(mailbox),
            let summary = try await self.store.mailbox(named: mailboxName, of: account)
        else { throw Missing(what: mailbox) }
        let messages = texts.map { text in
            NewMessage(
                content: .inline(ByteBuffer(string: text)),
                internalDate: Instant(secondsSince1970: 1_750_000_000)
            )
        }
        return try await self.store.append(messages, to: summary.id, of: account).uids
    }

    /// The connections taken so far, in their order.
    var connections: [any Channel] { self.opened.all }

    /// Tells every session that the service ends, as a listener does when it stops.
    func announceStop() {
        for channel in self.opened.all {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ServiceStopping()) }
        }
    }

    /// Ends the server; keeps its files unless it made them.
    func close(keepingFiles: Bool = false) async throws {
        if self.server.isActive { try await self.server.close().get() }
        try await self.loops.shutDown()
        self.store.close()
        self.directory.close()
        if !keepingFiles { try? FileManager.default.removeItem(atPath: self.folder) }
    }

    struct Missing: Error {
        var what: String
    }
}

/// The connections a site has taken.
final class ChannelList: Sendable {
    private let channels = Mutex<[any Channel]>([])

    var all: [any Channel] { self.channels.withLock { $0 } }

    func add(_ channel: any Channel) {
        self.channels.withLock { $0.append(channel) }
    }
}

/// Runs `body` with a fresh site and takes it down again whatever happens.
func withSite<R>(
    wire: IMAPLimits = IMAPLimits(),
    session: IMAPSessionLimits = TestSite.impatient,
    allowsPlaintextLogin: Bool = true,
    tlsContexts: TLSContexts? = nil,
    logger: Logger? = nil,
    _ body: (TestSite) async throws -> R
) async throws -> R {
    let site = try await TestSite(
        wire: wire,
        session: session,
        allowsPlaintextLogin: allowsPlaintextLogin,
        tlsContexts: tlsContexts,
        logger: logger
    )
    do {
        let result = try await body(site)
        try await site.close()
        return result
    } catch {
        try? await site.close()
        throw error
    }
}

/// Runs blocking code on a thread of its own, so that the server's tasks are not kept waiting.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
