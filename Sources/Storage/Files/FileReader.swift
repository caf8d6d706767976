package import NIOCore

/// A complete file while it is being read, which nobody changes any more; closed at the reader's end.
package struct FileReader: ~Copyable {
    package let octets: Int
    private let descriptor: Descriptor
    private let path: String

    init(path: String) throws(StorageError) {
        let descriptor = try Descriptor.open(path, .reading)
        let octets: Int
        do {
            octets = try descriptor.size()
        } catch {
            descriptor.close()
            throw error
        }
        self.octets = octets
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        self.descriptor.close()
    }

    /// The file as memory, of which only what is looked at is read.
    ///
    /// - Throws: what `body` throws, or ``StorageError`` when it has met bytes that cannot be read. It sees zeros in
    ///   their place, so that nothing it has made of them may be used.
    package func withBytes<R>(_ body: (Span<UInt8>) throws -> R) throws -> R {
        try MappedFile.withBytes(of: self.descriptor, octets: self.octets, self.path, body)
    }

    /// Reads a part of it straight into the buffer: for what is only handed on, that is far cheaper than mapping it.
    ///
    /// - Throws: when all of the part cannot be read; the buffer is then as it was.
    package func append(_ range: Range<Int>, to buffer: inout ByteBuffer) throws {
        try unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: range.count) { room in
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room.prefix(range.count))
            try unsafe self.descriptor.read(into: part, at: range.lowerBound, self.path)
            return range.count
        }
    }
}
