import Foundation
import MailTesting

/// The messages that the project keeps outside its tree: unpacked at MARTLET_CORPUS, or packed in `../shared/corpus`.
enum FixtureCorpus {
    /// The unpacked folder; `nil` when there is none, and the reason is printed once.
    static let folder: URL? = {
        if let path = ProcessInfo.processInfo.environment["MARTLET_CORPUS"] { return URL(fileURLWithPath: path) }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let packed = root.deletingLastPathComponent().appendingPathComponent("shared/corpus")
        let archives = ["real-mail.tar.xz", "mime-fixtures.tar.xz"].map { packed.appendingPathComponent($0) }
        guard archives.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else {
            print("skipped: no message corpus; set MARTLET_CORPUS or put the archives into \(packed.path)")
            return nil
        }
        let target = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-corpus-\(getuid())")
        let mark = target.appendingPathComponent(".complete")
        if !FileManager.default.fileExists(atPath: mark.path) {
            guard archives.allSatisfy({ Self.unpack($0, into: target) }) else { return nil }
            guard FileManager.default.createFile(atPath: mark.path, contents: nil) else { return nil }
        }
        return target
    }()

    static var isPresent: Bool { Self.folder != nil }

    private static func unpack(_ archive: URL, into target: URL) -> Bool {
        do {
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            _ = try TestTool.run("tar", package: "tar", ["-xJf", archive.path, "-C", target.path])
            return true
        } catch {
            print("skipped: tar cannot be run: \(error)")
            return false
        }
    }

    /// Files below the corpus folder whose name ends so, in order.
    static func files(in subfolder: String, suffix: String) -> [URL] {
        guard let base = Self.folder?.appendingPathComponent(subfolder),
            let names = FileManager.default.enumerator(atPath: base.path)
        else { return [] }
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.sorted()
            .map { base.appendingPathComponent($0) }
    }

    /// A message as it goes over the wire: CRLF line ends, no mbox separator.
    static func message(_ file: URL) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let data = [UInt8](try Data(contentsOf: file))
        let start = data.starts(with: Array("From ".utf8)) ? (data.firstIndex(of: 0x0A) ?? -1) + 1 : 0
        bytes.reserveCapacity(data.count + data.count / 40)
        for byte in data[start...] {
            if byte == 0x0A, bytes.last != 0x0D { bytes.append(0x0D) }
            bytes.append(byte)
        }
        return bytes
    }

    static func json(_ file: URL) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    }
}
