internal import Storage

extension Directory {
    /// Copies the directory as it stands at one moment into a folder, while it goes on. Blocks the caller's thread.
    package func backup(to folder: String) throws {
        try self.shard.backup(to: folder)
    }
}
