internal import MIME
internal import NIOCore
internal import Storage

/// A message in memory, as scripts look at it.
enum MessageBytes {
    /// The header with the empty line behind it; a small message whole, which costs nothing.
    ///
    /// - Throws: what reading a file throws; blocks on the disk then.
    static func readHeader(_ content: MessageContent) throws -> ByteBuffer {
        switch content {
        case .inline(let buffer): buffer.slice()
        case .file:
            try content.withBytes { bytes in
                let header = bytes.extracting(..<min(bytes.count, HeaderScanner.headerOctets(of: bytes)))
                var buffer = ByteBufferAllocator().buffer(capacity: header.count)
                _ = unsafe header.withUnsafeBytes { unsafe buffer.writeBytes($0) }
                return buffer
            }
        }
    }

    /// - Throws: what reading a file throws; blocks on the disk then.
    static func read(_ content: MessageContent) throws -> ByteBuffer {
        switch content {
        case .inline(let buffer): buffer.slice()
        case .file(let file):
            try content.withBytes { bytes in
                var buffer = ByteBufferAllocator().buffer(capacity: file.octets)
                _ = unsafe bytes.withUnsafeBytes { unsafe buffer.writeBytes($0) }
                return buffer
            }
        }
    }
}
