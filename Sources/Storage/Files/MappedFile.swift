internal import Glibc

/// A file's bytes as memory, without reading them in first.
enum MappedFile {
    /// - Throws: as ``FileReader/withBytes(_:)``.
    static func withBytes<R>(
        of file: Descriptor,
        octets size: Int,
        _ path: String,
        _ body: (Span<UInt8>) throws -> R
    ) throws -> R {
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

    private static func read(_ file: Descriptor, _ size: Int, _ path: String) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        try unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0, at: 0, path) }
        return bytes
    }
}
