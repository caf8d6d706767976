internal import Storage

/// The file that tells how many shards a store has: the number decides where an account lives and never changes.
enum StoreLayout {
    static let fileName = "store.layout"

    static func shardCount(in folder: String, new count: Int) throws -> Int {
        let path = "\(folder)/\(Self.fileName)"
        if let text = try TextFile.read(path) {
            guard let found = Int(text.split(separator: "=").last?.filter { !$0.isWhitespace } ?? ""), found > 0 else {
                throw StorageError(.corrupt, "open", "\(path) does not tell the number of shards")
            }
            return found
        }
        try TextFile.replace(path, with: "shards = \(max(1, count))\n")
        return max(1, count)
    }
}
