internal import Foundation

extension TemporaryFolder {
    /// Fills the page that these bytes lie in, of a database that is closed, with what is no page.
    package func breakPage(of database: String, with bytes: [UInt8]) throws {
        let size = 4_096
        let path = self.path(database)
        var file = try Data(contentsOf: URL(filePath: path))
        guard let found = file.range(of: Data(bytes.prefix(32)), options: .backwards) else {
            throw TestToolError("no page of \(database) holds what was looked for")
        }
        let start = found.lowerBound / size * size
        file.replaceSubrange(start..<start + size, with: Data(repeating: 0xFF, count: size))
        try file.write(to: URL(filePath: path))
        // What it holds is in the database since that was closed.
        try FileManager.default.removeItem(atPath: "\(path)-wal")
    }
}
