internal import Storage

/// The file that tells how many shards a store has: the number decides where an account lives and never changes.
enum StoreLayout {
    static let fileName = "store.layout"

    /// The number of shards of the store in a folder, which becomes `count` when there is no store yet; without a
    /// count there must be one.
    static func shardCount(in folder: String, new count: Int?) throws -> Int {
        if let found = try Self.shardCount(in: folder) { return found }
        guard let count else { throw StorageError(.misuse, "open", "there is no store in \(folder)") }
        try TextFile.replace("\(folder)/\(Self.fileName)", with: "shards = \(max(1, count))\n")
        return max(1, count)
    }

    /// `nil` when there is no store.
    static func shardCount(in folder: String) throws -> Int? {
        let path = "\(folder)/\(Self.fileName)"
        guard let text = try TextFile.read(path) else { return nil }
        guard let found = Int(text.split(separator: "=").last?.filter { !$0.isWhitespace } ?? ""), found > 0 else {
            throw StorageError(.corrupt, "open", "\(path) does not tell the number of shards")
        }
        return found
    }
}
