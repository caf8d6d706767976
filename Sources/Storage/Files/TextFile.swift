internal import Glibc

/// Small text files that are read and written whole.
package enum TextFile {
    /// `nil` when there is no such file.
    package static func read(_ path: String) throws -> String? {
        guard FileSystem.exists(path) else { return nil }
        return try FileReader(path: path).withBytes { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Puts a new file in the place of the old one at one stroke, and makes it last.
    package static func replace(_ path: String, with text: String) throws {
        let temporary = "\(path).new"
        FileSystem.remove(temporary)
        let file = try Descriptor.open(temporary, .creating)
        do {
            defer { file.close() }
            var text = text
            try text.withUTF8 { bytes in try unsafe file.write(UnsafeRawBufferPointer(bytes)) }
            try file.syncData()
        }
        try FileSystem.rename(temporary, to: path)
        try FileSystem.syncFolder(FileSystem.parent(of: path))
    }
}
