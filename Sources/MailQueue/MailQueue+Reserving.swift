internal import MailTypes
internal import Synchronization

/// A message in the queue's custody of which nothing is handed out yet.
package struct QueueReservation: Sendable {
    let item: QueueItem
}

/// How a message is taken whose caller sees to some of its recipients itself, while the queue answers for all of them
/// already: whatever fails or crashes on the way, each recipient is still in the queue or at its goal.
///
///     reserve ──▶ the caller's attempts ──▶ release
///        └ failed: nothing is kept          └ crash before: the queue attempts all after the restart
///
/// What is stored in a mailbox meanwhile must be stored under the queue's numbers, so that the attempt after a crash
/// finds it there (`LocalDelivery.Custody.fromQueue`).
extension MailQueue {
    /// Takes a message into custody as ``accept(_:completion:)`` does, and leaves it to the caller to ``release(_:_:)``
    /// it.
    ///
    /// - Precondition: the message is neither held nor one that is taken once.
    package func reserve(
        _ message: NewQueuedMessage,
        completion: @escaping @Sendable (Result<QueueReservation, any Error>) -> Void
    ) {
        precondition(!message.isHeld && !message.isTakenOnce, "only mail that is on its way is reserved")
        self.write(message) { result in
            switch result {
            case .success(let written?):
                let item = self.item(written)
                self.state.withLock { $0.beginReserving(item) }
                completion(.success(QueueReservation(item: item)))
            case .success(nil):
                preconditionFailure("a message was taken before that may be taken only now")
            case .failure(let error):
                self.state.withLock { $0.endAccepting(message.id) }
                completion(.failure(error))
            }
        }
    }

    /// Records what became of recipients the caller has seen to, and hands out the others. Lazy: see invariant 3.
    package func release(
        _ reservation: QueueReservation,
        _ outcomes: [(ordinal: Int, outcome: RecipientOutcome)] = []
    ) {
        let message = reservation.item.message
        guard outcomes.isEmpty else {
            self.settler.add(Settlement(message, outcomes))
            return
        }
        if let item = self.state.withLock({ $0.endReserving(message.id, except: []) }) { self.admit(item) }
    }
}
