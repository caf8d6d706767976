internal import NIOCore
internal import Storage

/// A message in memory, as scripts look at it.
enum MessageBytes {
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
