internal import Storage

extension MailStore {
    /// Copies the store into an empty folder while it is in use. Each shard is copied as of one moment; restoring is
    /// copying the folder back. Blocks the caller's thread.
    ///
    /// - Returns: how many large bodies are missing.
    @discardableResult
    package func backup(to folder: String) throws -> Int {
        try FileSystem.makeFolder(folder)
        var missing = 0
        for shard in self.shards { missing += try shard.shard.backup(to: folder).count }
        try TextFile.replace("\(folder)/\(StoreLayout.fileName)", with: "shards = \(self.shards.count)\n")
        return missing
    }

    /// Refuses a folder that this program cannot open for its format; changes nothing.
    package static func checkFormat(folder: String) throws {
        for number in 0..<(try StoreLayout.shardCount(in: folder) ?? 0) {
            try Shard.checkFormat(folder: folder, name: Self.shardName(number), migrations: MailStoreSchema.migrations)
        }
    }
}
