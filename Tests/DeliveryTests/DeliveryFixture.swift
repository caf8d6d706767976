import Directory
import Logging
import MailQueue
import MailStore
import MailTesting
import MailTypes
import NIOCore
import NIOPosix
import SMTPWire
import Storage
import Synchronization
import Testing
import Trace

@testable import Delivery

/// Delivery between a real queue, scripted next hops and mailboxes that are lists. `here.test` is local.
final class DeliveryFixture: Sendable {
    struct Stored: Sendable {
        var account: Int64
        var mailbox: String
        var text: String
    }

    let folder: TemporaryFolder
    let clock = ManualClock()
    let queue: MailQueue
    let trace: TraceJournal
    let service: DeliveryService
    let group: MultiThreadedEventLoopGroup
    let stored = Mutex<[Stored]>([])
    /// What the mailboxes answer instead of storing, by account.
    let refusals = Mutex<[Int64: DeliveryOutcome]>([:])
    private let steady: SteadyTime

    final class SteadyTime: Sendable {
        let milliseconds = Mutex<Int64>(0)
    }

    private final class Box: Sendable {
        let fixture = Mutex<DeliveryFixture?>(nil)
    }

    /// - Parameters:
    ///   - activeMax: recipients in the queue's memory.
    ///   - threads: event loops that mail is relayed on.
    ///   - isStarted: whether delivery begins at once; else what is accepted before it starts is read from disk.
    init(
        _ routes: RouteTable,
        options: DeliveryOptions = DeliveryFixture.options { _ in },
        activeMax: Int = 20_000,
        threads: Int = 1,
        isStarted: Bool = true,
        logger: Logger = Logger(label: "test"),
        flight: FlightRecorder? = nil,
        sign: @escaping DeliveryService.Services.Sign = { _, _ in [] }
    ) throws {
        let folder = TemporaryFolder()
        self.folder = folder
        let steady = SteadyTime()
        self.steady = steady
        var queueOptions = MailQueueOptions()
        queueOptions.activeRecipientsMax = activeMax
        queueOptions.progressAlarmAfter = .seconds(86_400 * 30)
        self.queue = try MailQueue.open(
            folder: folder.path("queue"),
            options: queueOptions,
            clock: self.clock,
            steady: { steady.milliseconds.withLock { $0 } }
        )
        self.trace = try TraceJournal(folder: folder.path("trace"), days: 7, clock: self.clock)
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let box = Box()
        self.box = box
        let local = LocalMailboxes(
            resolve: { Self.resolve($0) },
            name: { "account-\($0.rawValue)@here.test" },
            deliver: { delivery, _, completion in
                completion(box.fixture.withLock { $0 }?.store(delivery) ?? [])
            }
        )
        self.service = DeliveryService(
            .init(
                queue: self.queue,
                local: local,
                spool: try Spool.open(folder: folder.path("spool")),
                trace: self.trace,
                flight: flight,
                clock: self.clock,
                eventLoops: self.group,
                logger: logger,
                sign: sign
            ),
            routes: routes,
            options: options
        )
        box.fixture.withLock { $0 = self }
        if isStarted { self.service.start() }
    }

    private let box: Box

    static func options(_ change: (inout DeliveryOptions) -> Void) -> DeliveryOptions {
        var options = DeliveryOptions(hostName: "martlet.test")
        options.idleTimeout = .seconds(2)
        change(&options)
        return options
    }

    static func routes(to sink: ScriptedSink, _ dialect: SMTPDialect = .smtp) -> RouteTable {
        RouteTable(smartHost: NextHop(dialect: dialect, hosts: [.init(name: "127.0.0.1", port: sink.port)]))
    }

    private static func resolve(_ path: ForwardPath) -> Resolution {
        guard case .address(let address) = path, address.domain.name == "here.test" else { return .notLocal }
        switch address.localPart {
        case "nobody": return .unknownUser
        case "asleep": return .suspended
        case "team":
            return .local(
                [
                    .init(account: AccountID(rawValue: 1), name: "a", detail: nil),
                    .init(account: AccountID(rawValue: 2), name: "b", detail: nil),
                ],
                remote: [EmailAddress(localPart: "far", domain: Domain("away.test"))]
            )
        default:
            return .local(
                [.init(account: AccountID(rawValue: Int64(address.localPart.utf8.count)), name: "x", detail: "list")],
                remote: []
            )
        }
    }

    private func store(_ delivery: LocalDelivery) -> [DeliveryOutcome] {
        delivery.recipients.map { recipient in
            if let refusal = self.refusals.withLock({ $0[recipient.account.rawValue] }) { return refusal }
            let text =
                (try? delivery.content.withBytes { bytes in
                    var all: [UInt8] = []
                    for index in 0..<bytes.count { all.append(bytes[index]) }
                    return String(decoding: all, as: UTF8.self)
                }) ?? ""
            self.stored.withLock {
                $0.append(.init(account: recipient.account.rawValue, mailbox: recipient.mailbox.text, text: text))
            }
            return .stored(mailbox: recipient.mailbox, uid: UID(rawValue: 1))
        }
    }

    func advance(_ duration: Duration) {
        self.clock.advance(by: duration)
        self.steady.milliseconds.withLock {
            $0 += (Instant(millisecondsSince1970: 0) + duration).millisecondsSince1970
        }
        self.service.tick()
    }

    func message(
        to recipients: [EnvelopeRecipient],
        from sender: String? = "alice@here.test",
        text: String = "Subject: hello\r\n\r\nworld\r\n"
    ) -> NewQueuedMessage {
        NewQueuedMessage(
            id: self.trace.makeID(),
            sender: EnvelopeSender(reversePath: sender.map { .address(Self.address($0)) } ?? .null),
            recipients: recipients,
            content: .inline(ByteBuffer(string: text)),
            receivedAt: self.clock.now
        )
    }

    static func recipient(_ text: String, _ notify: DSNNotify? = nil, _ original: String? = nil) -> EnvelopeRecipient {
        EnvelopeRecipient(path: .address(Self.address(text)), notify: notify, originalRecipient: original)
    }

    static func address(_ text: String) -> EmailAddress {
        let parts = text.split(separator: "@")
        return EmailAddress(localPart: String(parts[0]), domain: Domain(String(parts[1])))
    }

    @discardableResult
    func send(_ recipients: String..., from sender: String? = "alice@here.test") async throws -> TimeSortedID {
        let new = self.message(to: recipients.map { Self.recipient($0) }, from: sender)
        try await self.queue.accept(new)
        return new.id
    }

    /// Polls a condition that other threads make true.
    func wait(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<2_000 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Unfulfilled()
    }

    struct Unfulfilled: Error {}

    func waitUntilEmpty() async throws {
        try await self.wait { try await self.queue.totals().messages == 0 }
    }

    func waitUntilDeferred(_ count: Int = 1) async throws {
        try await self.wait { try await self.queue.totals().deferred == count }
    }

    /// The trace's lines about a message.
    func events(of id: TimeSortedID) -> [String] {
        self.trace.flush()
        return TraceSearch(folder: self.folder.path("trace")).lines(about: id.description)
    }

    func close() async throws {
        await self.service.stop(within: .seconds(2))
        self.box.fixture.withLock { $0 = nil }
        self.queue.close()
        try await self.group.shutdownGracefully()
        self.folder.remove()
    }

    static func with(
        _ script: ScriptedSink.Script = .init(),
        dialect: SMTPDialect = .smtp,
        options: DeliveryOptions = DeliveryFixture.options { _ in },
        sign: @escaping DeliveryService.Services.Sign = { _, _ in [] },
        _ body: (DeliveryFixture, ScriptedSink) async throws -> Void
    ) async throws {
        let sinkGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let sink = try await ScriptedSink(sinkGroup, script)
        let fixture = try DeliveryFixture(Self.routes(to: sink, dialect), options: options, sign: sign)
        do {
            try await body(fixture, sink)
            #expect(try await fixture.queue.ledger().isBalanced)
        } catch {
            try await fixture.close()
            throw error
        }
        try await fixture.close()
        await sink.close()
        try await sinkGroup.shutdownGracefully()
    }
}
