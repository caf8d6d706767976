import Foundation
import MailTesting

extension TemporaryFolder {
    /// A folder with files in it, by their paths below it; lines end as they are given.
    static func with<R>(_ files: [String: String], _ body: (String) throws -> R) throws -> R {
        try Self.with { folder in
            for (name, text) in files {
                let file = URL(filePath: folder.path(name))
                let parent = file.deletingLastPathComponent()
                try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            return try body(folder.path)
        }
    }
}
