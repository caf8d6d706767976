/// Who answers for a recipient of an accepted message now: `accepted` is always the sum of the others.
///
/// `queued` and `parked` are counted from the queue's rows; the others are counters in each shard, written in the
/// same transaction as the change they count.
package enum CustodyState: String, Hashable, Sendable, CaseIterable {
    case accepted
    case queued
    case delivered
    case relayed
    case bounced
    case discarded
    case parked
}
