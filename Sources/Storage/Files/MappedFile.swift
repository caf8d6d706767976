internal import Glibc

/// A file's bytes as memory, without reading them in first.
enum MappedFile {
    /// Files here are never changed after they are complete, so the span's bytes stand still.
    ///
    /// - Throws: what `body` throws, or ``StorageError`` when it has met bytes that cannot be read. It sees zeros in
    ///   their place, so that nothing it has made of them may be used.
    static func withBytes<R>(of path: String, _ body: (Span<UInt8>) throws -> R) throws -> R {
        let file = try Descriptor.open(path, .reading)
        defer { file.close() }
        let size = try file.size()
        guard size > 0 else {
            let nothing: [UInt8] = []
            return try body(nothing.span)
        }
        let mapped = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file.number, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw Descriptor.error("map", path) }
        defer { unsafe munmap(mapped, size) }
        guard let place = unsafe MappedRanges.all.add(mapped, octets: size) else {
            let copy = try Self.read(file, size, path)
            return try body(copy.span)
        }
        unsafe madvise(mapped, size, Int32(MADV_SEQUENTIAL))
        let bytes = unsafe UnsafeRawBufferPointer(start: mapped, count: size).bindMemory(to: UInt8.self)
        let result: Result<R, any Error>
        do { result = .success(try unsafe body(Span(_unsafeElements: bytes))) } catch { result = .failure(error) }
        guard MappedRanges.all.remove(place) else {
            throw StorageError(.io, "read", "\(path): a part of it cannot be read")
        }
        return try result.get()
    }

    private static func read(_ file: Descriptor, _ size: Int, _ path: String) throws(StorageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        var offset = 0
        while offset < size {
            let count = unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe pread(file.number, bytes.baseAddress.map { unsafe $0 + offset }, size - offset, offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Descriptor.error("read", path) }
            guard count > 0 else { throw StorageError(.io, "read", "\(path): it was cut short") }
            offset += count
        }
        return bytes
    }
}
