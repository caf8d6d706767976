internal import Storage

extension MailStore {
    /// Copies the store into an empty folder while it is in use. Each shard is copied as of one moment; restoring is
    /// copying the folder back. Blocks the caller's thread.
    package func backup(to folder: String) throws {
        try FileSystem.makeFolder(folder)
        for shard in self.shards { try shard.shard.backup(to: folder) }
        try TextFile.replace("\(folder)/\(StoreLayout.fileName)", with: "shards = \(self.shards.count)\n")
    }
}
