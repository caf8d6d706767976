package import Foundation

extension TemporaryFolder {
    /// Fills the page that these bytes lie in, of a database that is closed, with what is no page.
    package func breakPage(of database: String, with bytes: [UInt8]) throws {
        let file = try Data(contentsOf: URL(filePath: self.path(database)))
        let pageOctets = Self.pageOctets(of: file)
        guard let found = file.range(of: Data(bytes.prefix(32)), options: .backwards) else {
            throw TestToolError("no page of \(database) holds what was looked for")
        }
        try self.breakPage(found.lowerBound / pageOctets + 1, of: database)
    }

    /// Does that to the page with this number, counted from 1 as SQLite does.
    package func breakPage(_ number: Int, of database: String) throws {
        let path = self.path(database)
        var file = try Data(contentsOf: URL(filePath: path))
        let pageOctets = Self.pageOctets(of: file)
        let start = (number - 1) * pageOctets
        file.replaceSubrange(start..<start + pageOctets, with: Data(repeating: 0xFF, count: pageOctets))
        try file.write(to: URL(filePath: path))
        // What it holds is in the database since that was closed.
        try FileManager.default.removeItem(atPath: "\(path)-wal")
    }

    /// Octets of a page, as the head of the database file tells them.
    package static func pageOctets(of file: Data) -> Int {
        Int(file[file.startIndex + 16]) << 8 | Int(file[file.startIndex + 17])
    }
}
