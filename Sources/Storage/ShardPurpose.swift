/// What a shard is opened for.
package enum ShardPurpose: Sendable {
    case service
    /// The same where a sync has failed before. What is read of the log may be in memory only, and what is written
    /// behind it would be lost with it: so the log's content is written into the database before anything is added.
    case serviceAfterDiskFailure
    /// The same where the process before has died of memory that the disk did not fill: databases are read without
    /// mapping them, so that what cannot be read is an error of whoever wants it and nobody else's.
    case serviceAfterFailedRead
    /// To be looked at: what is there must be of the newest format, and nothing is begun, swept or noted.
    case inspection
}
