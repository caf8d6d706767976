internal import Foundation

extension TemporaryFolder {
    private static let pageOctets = 4_096

    /// Fills the page that these bytes lie in, of a database that is closed, with what is no page.
    package func breakPage(of database: String, with bytes: [UInt8]) throws {
        let file = try Data(contentsOf: URL(filePath: self.path(database)))
        guard let found = file.range(of: Data(bytes.prefix(32)), options: .backwards) else {
            throw TestToolError("no page of \(database) holds what was looked for")
        }
        try self.breakPage(found.lowerBound / Self.pageOctets + 1, of: database)
    }

    /// Does that to the page with this number, counted from 1 as SQLite does.
    package func breakPage(_ number: Int, of database: String) throws {
        let path = self.path(database)
        var file = try Data(contentsOf: URL(filePath: path))
        let start = (number - 1) * Self.pageOctets
        file.replaceSubrange(
            start..<start + Self.pageOctets,
            with: Data(repeating: 0xFF, count: Self.pageOctets)
        )
        try file.write(to: URL(filePath: path))
        // What it holds is in the database since that was closed.
        try FileManager.default.removeItem(atPath: "\(path)-wal")
    }
}
