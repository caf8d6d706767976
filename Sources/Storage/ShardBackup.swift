extension Shard {
    /// Copies the database as of one moment, and the body files it names, into a folder that does not hold this shard
    /// yet. Writing goes on meanwhile. Blocks the caller's thread.
    ///
    /// Restoring is copying the files into an empty folder. The copy says what it is, so that a store opened from it
    /// gives out no identifier that clients may have seen after the copy was made.
    ///
    /// - Returns: the bodies that the database names and that are not there or cannot be read. What is lost already
    ///   must not keep the rest from being copied (lesson 22).
    package func backup(to folder: String) throws -> [String] {
        try FileSystem.makeFolder(folder)
        let path = "\(folder)/\(self.name).db"
        guard !FileSystem.exists(path) else {
            throw StorageError(.misuse, "backup", "\(path) is there already; give an empty folder")
        }
        let missing = try self.bodies.holdingRemovals {
            try self.copyDatabase(to: path)
            return try self.copyBodies(to: "\(folder)/\(self.name).bodies", namedIn: path)
        }
        let file = try Descriptor.open(path, .updating)
        defer { file.close() }
        try file.syncData()
        try FileSystem.syncFolder(folder)
        return missing
    }

    private func copyDatabase(to path: String) throws {
        let source = try Database.connect(path: self.path, mode: .copying, profile: self.readerProfile)
        defer { source.close() }
        let statement = try source.statement("VACUUM INTO ?")
        statement.bind(path, at: 1)
        do {
            try statement.run()
        } catch {
            // One for want of room names the database that is read.
            throw error.code == .diskFull ? StorageError(.diskFull, "backup", "no room for \(path)") : error
        }
        let copy = try Database.connect(path: path, mode: .readWrite, profile: self.readerProfile)
        defer { copy.close() }
        try copy.transaction { try ShardRecord.markCopied(copy) }
    }

    private func copyBodies(to folder: String, namedIn path: String) throws -> [String] {
        guard let query = self.bodyNames else { return [] }
        let copy = try Database.connect(path: path, mode: .copying, profile: self.readerProfile)
        defer { copy.close() }
        let target = BodyFiles(folder: folder)
        var missing: [String] = []
        try copy.statement(query).eachRow { row in
            let name = row.text(0)
            guard self.bodies.exists(name) else {
                missing.append(name)
                return
            }
            let new = target.path(of: name)
            if let slash = new.lastIndex(of: "/") { try FileSystem.makeFolder(String(new[..<slash])) }
            do {
                try FileSystem.linkOrCopy(self.bodies.path(of: name), to: new)
            } catch {
                // Is it what is read, or where it is written to?
                guard !self.bodies.isReadable(name) else { throw error }
                FileSystem.remove(new)
                missing.append(name)
            }
        }
        return missing
    }
}
