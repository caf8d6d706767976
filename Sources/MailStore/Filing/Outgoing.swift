package import MailTypes
internal import NIOCore
package import Storage
internal import Synchronization

/// A message that a delivery has caused and that the queue does not have yet.
package struct OutgoingMessage: Sendable {
    package var id: TimeSortedID
    package var account: AccountID
    package var createdAt: Instant
    package var sender: EnvelopeSender
    package var recipient: EnvelopeRecipient
    /// The domain in whose name it was written here, which signs it; `nil` for mail of others that is sent on.
    package var author: Domain?
    package var content: MessageContent = .inline(ByteBuffer())
}

/// How messages that deliveries cause get into the queue: written with the delivery, taken over by the queue, which
/// knows each by its name and takes it once, and then removed here.
extension MailStore {
    /// Who is told that there is something to be taken over.
    package func setOutgoingHandler(_ handler: @escaping @Sendable () -> Void) {
        for shard in self.shards { shard.outgoingHandler.withLock { $0 = handler } }
    }

    /// The oldest outgoing messages, at most `limit` of each shard.
    ///
    /// - Throws: when a shard cannot be read and the others have none.
    package func outgoing(limit: Int) async throws -> [OutgoingMessage] {
        var outgoing: [OutgoingMessage] = []
        var failure: (any Error)?
        for shard in self.shards {
            let bodies = shard.shard.bodies
            do {
                outgoing += try await shard.shard.read { database in
                    try OutgoingRows.read(limit, MessageReader(database: database, bodies: bodies))
                }
            } catch {
                failure = error
            }
        }
        if outgoing.isEmpty, let failure { throw failure }
        return outgoing
    }

    /// Removes what the queue has taken; durable when it returns.
    package func removeOutgoing(_ outgoing: [OutgoingMessage]) async throws {
        let groups = Dictionary(grouping: outgoing) { Int($0.account.rawValue.magnitude % UInt64(self.shards.count)) }
        var failure: (any Error)?
        for (number, group) in groups {
            let ids = group.map(\.id)
            do {
                try await self.shards[number].change(.durable) { database, effects in
                    for id in ids where try OutgoingRows.remove(id, database) { effects.leavesLitter = true }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
