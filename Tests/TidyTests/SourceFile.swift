import Foundation
import Testing

/// A text file of the project, by its path from the root.
struct SourceFile: Sendable, CustomTestStringConvertible {
    let path: String
    let lines: [Substring]

    /// Generated and table files say so in their first line.
    var isTable: Bool { self.lines.first?.hasPrefix("// tidy: table") ?? false }
    var testDescription: String { self.path }

    /// The text without comment lines.
    var code: String {
        self.lines.filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    init(path: String) throws {
        self.path = path
        let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    static func all(under folder: String, suffix: String = ".swift") throws -> [SourceFile] {
        let files = FileManager.default.enumerator(atPath: Self.root.appending(path: folder).path)
        return try (files?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(suffix) }
            .sorted()
            .map { try SourceFile(path: "\(folder)/\($0)") }
    }
}
