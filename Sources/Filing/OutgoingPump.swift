package import Logging
package import MailQueue
package import MailStore
package import MailTypes
package import NIOCore
internal import Storage
internal import Telemetry
package import Trace

/// Hands what deliveries have caused to the queue: each message once, whatever happens in between.
///
/// Invariants:
/// 1. A message is removed from the store when the queue has it durably, and forgotten by the queue after that.
/// 2. What cannot be handed over stays and is tried again; nothing behind it waits for it.
package final class OutgoingPump: Sendable {
    /// Messages handed over at a time, of each shard.
    private static let batch = 32
    /// Between tries when the queue takes nothing, its disk being full.
    private static let pause = Duration.seconds(5)

    private let store: MailStore
    private let queue: MailQueue
    private let journal: TraceJournal
    private let log: Logger
    private let sign: Sign
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// The fields that sign a message in the name of its author's domain; none when there is no key.
    package typealias Sign = @Sendable (_ message: ByteBuffer, _ author: Domain) throws -> [UInt8]

    package init(
        store: MailStore,
        queue: MailQueue,
        journal: TraceJournal,
        log: Logger,
        sign: @escaping Sign = { _, _ in [] }
    ) {
        self.store = store
        self.sign = sign
        self.queue = queue
        self.journal = journal
        self.log = log
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.wakes, self.wake) = (wakes, wake)
        store.setOutgoingHandler { wake.yield() }
        wake.yield()
    }

    /// Works until the task is cancelled. To be called once.
    package func run() async {
        var isFirst = true
        for await _ in self.wakes {
            do {
                // What an earlier run's end has left remembered is removed from the store by the first round.
                let before = isFirst ? try await self.queue.taken() : []
                try await self.drain()
                if !before.isEmpty { try await self.queue.forgetTaken(before) }
                isFirst = false
            } catch {
                self.log.error(
                    "what deliveries send on cannot be queued; it is tried again",
                    metadata: .init([.error: "\(error)"])
                )
                do {
                    try await Task.sleep(for: Self.pause)
                } catch {
                    return
                }
                self.wake.yield()
            }
        }
    }

    /// Hands over everything there is that can be.
    ///
    /// - Throws: why some cannot, when all others are handed over or the queue takes none.
    package func drain() async throws {
        var failure: (any Error)?
        var failed: Set<TimeSortedID> = []
        while true {
            let waiting = try await self.store.outgoing(limit: Self.batch + failed.count)
                .filter { !failed.contains($0.id) }
            var taken: [OutgoingMessage] = []
            for message in waiting {
                do {
                    try await self.handOver(message)
                    taken.append(message)
                } catch {
                    failure = error
                    failed.insert(message.id)
                }
            }
            guard !taken.isEmpty else { break }
            try await self.store.removeOutgoing(taken)
            try await self.queue.forgetTaken(taken.map(\.id))
        }
        if let failure { throw failure }
    }

    private func handOver(_ message: OutgoingMessage) async throws {
        try await self.queue.accept(NewQueuedMessage(try self.signed(message)))
        self.journal.record(
            message.id,
            .queued,
            (.reversePath, message.sender.reversePath.description),
            (.recipient, message.recipient.path.description),
            (.reason, "sent by a script")
        )
    }

    /// What was written here is signed as it leaves, with the keys that its author's domain has then. It is not held
    /// back when that fails, as a key that fails once fails the next time too.
    ///
    /// - Throws: when it cannot be read.
    private func signed(_ message: OutgoingMessage) throws -> OutgoingMessage {
        guard let author = message.author else { return message }
        let text = try MessageBytes.read(message.content)
        do {
            var signed = ByteBuffer(bytes: try self.sign(text, author))
            signed.writeImmutableBuffer(text)
            var message = message
            message.content = .inline(signed)
            return message
        } catch {
            self.log.error(
                "a message goes out unsigned",
                metadata: .init([.message: message.id.description, .error: "\(error)"])
            )
            return message
        }
    }
}

extension NewQueuedMessage {
    init(_ outgoing: OutgoingMessage) {
        self.init(
            id: outgoing.id,
            sender: outgoing.sender,
            recipients: [outgoing.recipient],
            content: outgoing.content,
            receivedAt: outgoing.createdAt
        )
        self.isTakenOnce = true
    }
}
