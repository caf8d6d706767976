/// Tells a shard that is new from one whose database is gone.
///
/// A database that is missing would be made anew and empty: its mail would vanish without a word, and its body files
/// would be swept away as ones that no row names. So the lock file, which stays where it is, says whether there has
/// been a database, and body files without a database are nobody's to remove.
struct ShardPresence {
    let database: String
    let lock: Descriptor
    let bodies: BodyFiles

    private static let mark: StaticString = "The database beside this file has been made.\n"

    /// - Throws: ``StorageError`` `corrupt` when something is here that only a database can have left.
    func requireWhole() throws(StorageError) {
        guard try !self.hasDatabase() else { return }
        guard try self.lock.size() == 0, self.bodies.all().isEmpty else {
            throw StorageError(
                .corrupt,
                "open",
                """
                \(self.database) is missing or empty, and it has been here. Put it back, from a backup if need be; to \
                begin without what it held, move away everything of the same name beside it
                """
            )
        }
    }

    private func hasDatabase() throws(StorageError) -> Bool {
        guard FileSystem.exists(self.database) else { return false }
        let file = try Descriptor.open(self.database, .reading)
        defer { file.close() }
        return try file.size() > 0
    }

    /// Notes that there is a database from now on. Without room for that it is noted at a later start.
    func note() throws(StorageError) {
        guard try self.lock.size() == 0 else { return }
        do throws(StorageError) {
            try unsafe self.lock.write(
                UnsafeRawBufferPointer(start: Self.mark.utf8Start, count: Self.mark.utf8CodeUnitCount),
                at: 0
            )
            try self.lock.syncData()
        } catch  where error.code == .diskFull {}
    }
}
