internal import MailQueue
internal import MailTypes
internal import NIOCore
internal import Synchronization
internal import Trace

/// Sets aside messages that were in hand at more than one crash, with all their recipients. Lesson 5.
///
/// From then on the queue keeps them from being tried, and the suspicion is dropped, but only when the queue's record
/// is on the disk: a message that comes again was queued anew by the postmaster, who wants it tried.
final class SuspectParking: Sendable {
    private static let reason = "it was in hand when the program crashed, more than once"
    /// How long a message is left alone that could not be set aside.
    private static let postponement = Duration.seconds(60)

    private let queue: MailQueue
    private let flight: FlightRecorder
    /// What was handed out of the messages that are being set aside.
    private let underWay = Mutex<[TimeSortedID: [QueueItem]]>([:])

    init(queue: MailQueue, flight: FlightRecorder) {
        self.queue = queue
        self.flight = flight
    }

    /// - Parameter loop: keeps the task that waits for the queue.
    func park(_ item: QueueItem, on loop: any EventLoop) {
        let id = item.message.id
        let isFirst = self.underWay.withLock { underWay in
            underWay[id, default: []].append(item)
            return underWay[id]?.count == 1
        }
        guard isFirst else { return }
        loop.makeFutureWithTask { [queue, flight] in
            try await queue.park(id, reason: Self.reason)
            flight.pardon(id)
        }.whenComplete { self.ended(id, $0) }
    }

    private func ended(_ id: TimeSortedID, _ result: Result<Void, any Error>) {
        let items = self.underWay.withLock { $0.removeValue(forKey: id) } ?? []
        for item in items {
            switch result {
            case .success:
                self.queue.putBack(item.message, item.recipients.map(\.ordinal))
            case .failure:
                // The queue itself tells when its disk refuses. It may not be tried, so it comes here again.
                let outcome = RecipientOutcome.postponed(for: Self.postponement, reason: Self.reason)
                self.queue.settle(Settlement(item.message, item.recipients.map { ($0.ordinal, outcome) }))
            }
        }
    }

    /// Nothing is being set aside.
    var isIdle: Bool { self.underWay.withLock { $0.isEmpty } }
}
