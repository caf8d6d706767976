package import Logging
package import MailQueue
package import MailStore
internal import MailTypes
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
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    package init(store: MailStore, queue: MailQueue, journal: TraceJournal, log: Logger) {
        self.store = store
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

    /// Hands over everything there is.
    package func drain() async throws {
        var failure: (any Error)?
        while failure == nil {
            let waiting = try await self.store.outgoing(limit: Self.batch)
            guard !waiting.isEmpty else { return }
            var taken: [OutgoingMessage] = []
            for message in waiting {
                do {
                    try await self.queue.accept(NewQueuedMessage(message))
                    taken.append(message)
                    self.journal.record(
                        message.id,
                        .queued,
                        (.reversePath, message.sender.reversePath.description),
                        (.recipient, message.recipient.path.description),
                        (.reason, "sent by a script")
                    )
                } catch {
                    failure = error
                }
            }
            try await self.store.removeOutgoing(taken)
            try await self.queue.forgetTaken(taken.map(\.id))
        }
        if let failure { throw failure }
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
