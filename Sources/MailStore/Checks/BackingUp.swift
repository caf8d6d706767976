internal import Storage

extension MailStore {
    /// Copies the store into an empty folder while it is in use. Each shard is copied as of one moment; restoring is
    /// copying the folder back. Blocks the caller's thread.
    package func backup(to folder: String) throws {
        try FileSystem.makeFolder(folder)
        for shard in self.shards { try shard.shard.backup(to: folder) }
        try TextFile.replace("\(folder)/\(StoreLayout.fileName)", with: "shards = \(self.shards.count)\n")
    }

    /// Refuses a folder that this program cannot open for its format; changes nothing.
    package static func checkFormat(folder: String) throws {
        for number in 0..<(try StoreLayout.shardCount(in: folder) ?? 0) {
            try Shard.checkFormat(folder: folder, name: Self.shardName(number), migrations: MailStoreSchema.migrations)
        }
    }
}
