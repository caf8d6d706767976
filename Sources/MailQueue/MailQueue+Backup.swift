internal import Storage

extension MailQueue {
    /// Copies the queue as of one moment into a folder that holds none yet, while it is in use. Blocks the caller's
    /// thread.
    package func backup(to folder: String) throws {
        try self.shard.backup(to: folder)
    }
}
