/// What a shard is opened for.
package enum ShardPurpose: Sendable {
    case service
    /// The same where a sync has failed before. What is read of the log may be in memory only, and what is written
    /// behind it would be lost with it: so the log's content is written into the database before anything is added.
    case serviceAfterDiskFailure
    /// To be looked at: what is there must be of the newest format, and nothing is begun, swept or noted.
    case inspection
}
