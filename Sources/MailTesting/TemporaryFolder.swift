internal import Glibc

/// A new, empty folder for one test.
// swift-format-ignore: AmbiguousTrailingClosureOverload
package struct TemporaryFolder: Sendable {
    package let path: String

    /// - Parameter parent: where it is made, the system's folder for such things if not given.
    package init(in parent: String? = nil) {
        let base = parent ?? Self.system
        var template = Array("\(base)/martlet-test-XXXXXX".utf8CString)
        let isMade = unsafe template.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe mkdtemp(start) != nil
        }
        precondition(isMade, "no temporary folder can be made in \(base)")
        self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Runs `body` with a new folder and removes it with all it holds.
    package static func with<R>(_ body: (TemporaryFolder) throws -> R) rethrows -> R {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        return try body(folder)
    }

    package static func with<R>(_ body: (TemporaryFolder) async throws -> R) async rethrows -> R {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        return try await body(folder)
    }

    package func path(_ name: String) -> String { "\(self.path)/\(name)" }

    package func remove() {
        Self.remove(self.path)
    }

    private static var system: String {
        guard let value = unsafe getenv("TMPDIR") else { return "/tmp" }
        return unsafe String(cString: value)
    }

    private static func remove(_ path: String) {
        if unsafe unlink(path) == 0 { return }
        for name in Self.names(in: path) { Self.remove("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
