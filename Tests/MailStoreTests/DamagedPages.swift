import Foundation
import MailTesting
import Testing

extension TemporaryFolder {
    /// Fills the page that these bytes lie in, of a store that is closed, with what is no page.
    func breakPage(with bytes: [UInt8]) throws {
        let path = self.path("mail/mail0.db")
        var file = try Data(contentsOf: URL(filePath: path))
        let page = try #require(file.range(of: Data(bytes.prefix(32)), options: .backwards)).lowerBound / 4_096
        file.replaceSubrange(page * 4_096..<page * 4_096 + 4_096, with: Data(repeating: 0xFF, count: 4_096))
        try file.write(to: URL(filePath: path))
        // What it holds is in the database since that was closed.
        try FileManager.default.removeItem(atPath: "\(path)-wal")
    }
}
