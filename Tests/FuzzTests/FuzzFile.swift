import Foundation
import FuzzTargets
import Testing

/// An input that the fuzzers begin with, or that one of them found.
struct FuzzFile: Codable, Sendable, CustomTestStringConvertible {
    let target: FuzzTarget
    /// From the folder `Fuzz`.
    let path: String

    var testDescription: String { self.path }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz")

    func bytes() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Self.folder.appending(path: self.path)))
    }

    /// The inputs in `Seeds` or `Failures`. What lies in a folder that no target is named after is not among them.
    static func all(in kind: String) throws -> [FuzzFile] {
        try FuzzTarget.allCases.flatMap { target in
            try Self.names(in: "\(kind)/\(target)").map { FuzzFile(target: target, path: "\(kind)/\(target)/\($0)") }
        }
    }

    /// What lies in a folder, in order; nothing if it is not there.
    static func names(in path: String) throws -> [String] {
        let folder = Self.folder.appending(path: path).path
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}

/// Has a target read an input and says which property does not hold, if one does not.
func demand(_ target: FuzzTarget, _ input: [UInt8]) {
    do {
        try target.check(input)
    } catch {
        Issue.record("BROKEN: \(error)")
    }
}
