internal import Storage

extension Directory {
    /// Copies the directory as it stands at one moment into a folder, while it goes on. Blocks the caller's thread.
    package func backup(to folder: String) throws {
        // It has no bodies that could be missing.
        _ = try self.shard.backup(to: folder)
    }
}
