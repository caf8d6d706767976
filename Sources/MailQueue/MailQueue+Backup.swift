internal import Storage

extension MailQueue {
    /// Copies the queue as of one moment into a folder that holds none yet, while it is in use. Blocks the caller's
    /// thread.
    ///
    /// - Returns: how many large bodies are missing.
    package func backup(to folder: String) throws -> Int {
        try self.shard.backup(to: folder).count
    }

    /// Refuses a folder that this program cannot open for its format; changes nothing.
    package static func checkFormat(folder: String) throws {
        try Shard.checkFormat(folder: folder, name: "queue", migrations: QueueSchema.migrations)
    }
}
