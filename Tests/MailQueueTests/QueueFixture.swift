import MailTesting
import MailTypes
import NIOCore
import Storage
import Synchronization

@testable import MailQueue

/// A queue in a folder of its own, a clock set by hand, and what was handed out.
final class QueueFixture: Sendable {
    let folder: TemporaryFolder
    let clock = ManualClock()
    let items = Mutex<[QueueItem]>([])
    let events = Mutex<[QueueEvent]>([])
    let flushes = Mutex(0)
    /// For each time mail was handed out, how often dead hosts had been forgotten by then.
    let flushesBefore = Mutex<[Int]>([])
    private let identifiers = TimeSortedIDSource()
    private let opened: Mutex<MailQueue>

    var queue: MailQueue { self.opened.withLock { $0 } }

    private let options: MailQueueOptions
    private let hasDestinations: Bool

    /// - Parameter hasDestinations: each domain is a destination.
    init(
        _ options: MailQueueOptions = MailQueueOptions(),
        isStarted: Bool = true,
        hasDestinations: Bool = false
    ) throws {
        self.options = options
        self.hasDestinations = hasDestinations
        self.folder = TemporaryFolder()
        let steady = SteadyBox()
        self.box = steady
        let queue = try MailQueue.open(
            folder: self.folder.path("queue"),
            options: options,
            clock: self.clock,
            steady: { steady.value.withLock { $0 } }
        )
        self.opened = Mutex(queue)
        if isStarted { self.start() }
    }

    final class SteadyBox: Sendable {
        let value = Mutex<Int64>(0)
    }
    private let box: SteadyBox

    func start() {
        self.queue.setEventHandler { event in self.events.withLock { $0.append(event) } }
        self.queue.start(
            QueueHandlers(
                messagesReady: { ready in
                    let flushes = self.flushes.withLock { $0 }
                    self.flushesBefore.withLock { $0.append(flushes) }
                    self.items.withLock { $0 += ready }
                },
                destination: { self.hasDestinations ? $0.path.domainName.map { QueueDestination($0) } : nil },
                flushed: { self.flushes.withLock { $0 += 1 } }
            )
        )
    }

    /// Closes the queue and opens it again, as a restart does.
    func reopen(_ options: MailQueueOptions? = nil, isStarted: Bool = true) throws {
        self.queue.close()
        self.items.withLock { $0 = [] }
        let box = self.box
        let queue = try MailQueue.open(
            folder: self.folder.path("queue"),
            options: options ?? self.options,
            clock: self.clock,
            steady: { box.value.withLock { $0 } }
        )
        self.opened.withLock { $0 = queue }
        if isStarted { self.start() }
    }

    /// Time passes, on both clocks.
    func advance(_ duration: Duration) {
        self.clock.advance(by: duration)
        self.box.value.withLock { $0 += (Instant(millisecondsSince1970: 0) + duration).millisecondsSince1970 }
        self.queue.tick()
    }

    /// Somebody sets the wall clock.
    func step(_ duration: Duration) {
        self.clock.advance(by: duration)
        self.queue.tick()
    }

    func close() {
        self.queue.close()
        self.folder.remove()
    }

    func message(
        _ recipients: [String] = ["bob@example.org"],
        sender: String? = "alice@example.com",
        text: String = "Subject: hello\r\n\r\nworld\r\n"
    ) -> NewQueuedMessage {
        NewQueuedMessage(
            id: self.identifiers.next(at: self.clock.now.millisecondsSince1970),
            sender: EnvelopeSender(reversePath: sender.map { .address(Self.address($0)) } ?? .null),
            recipients: recipients.map { EnvelopeRecipient(path: .address(Self.address($0))) },
            content: .inline(ByteBuffer(string: text)),
            receivedAt: self.clock.now
        )
    }

    static func address(_ text: String) -> EmailAddress {
        let at = text.lastIndex(of: "@") ?? text.endIndex
        return EmailAddress(localPart: String(text[..<at]), domain: Domain(String(text[text.index(after: at)...])))
    }

    /// Waits until so many recipients were handed out, and takes them.
    func take(_ count: Int) async throws -> [QueueItem] {
        try await self.wait { self.items.withLock { $0.reduce(0) { $0 + $1.recipients.count } } >= count }
        return self.items.withLock { items in
            defer { items = [] }
            return items
        }
    }

    func settle(_ item: QueueItem, _ outcome: RecipientOutcome) {
        self.queue.settle(Settlement(item.message, item.recipients.map { ($0.ordinal, outcome) }))
    }

    func drain() async {
        await withCheckedContinuation { continuation in self.queue.drain { continuation.resume() } }
    }

    /// Polls a condition that another thread makes true.
    func wait(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<2_000 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Unfulfilled()
    }

    struct Unfulfilled: Error {}
}
