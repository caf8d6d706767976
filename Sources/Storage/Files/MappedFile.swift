internal import Glibc

/// A file's bytes as memory, without reading them in first.
enum MappedFile {
    /// Files here are never changed after they are complete, so the span's bytes stand still.
    static func withBytes<R>(of path: String, _ body: (Span<UInt8>) throws -> R) throws -> R {
        let file = try Descriptor.open(path, .reading)
        let size: Int
        do {
            defer { file.close() }
            size = try file.size()
            if size > 0 { return try Self.withMapping(of: file, size: size, body) }
        }
        let nothing: [UInt8] = []
        return try body(nothing.span)
    }

    private static func withMapping<R>(
        of file: Descriptor,
        size: Int,
        _ body: (Span<UInt8>) throws -> R
    ) throws -> R {
        let mapped = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file.number, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw Descriptor.error("map") }
        defer { unsafe munmap(mapped, size) }
        unsafe madvise(mapped, size, Int32(MADV_SEQUENTIAL))
        let bytes = unsafe UnsafeRawBufferPointer(start: mapped, count: size).bindMemory(to: UInt8.self)
        return try unsafe body(Span(_unsafeElements: bytes))
    }
}
