internal import Glibc

/// iconv(3), held for the length of one conversion.
enum CharsetConverter {
    /// Octets converted at a time.
    private static let chunkOctets = 16 * 1_024

    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// - Returns: `nil` when the C library does not know the charset.
    static func decode(_ bytes: Span<UInt8>, from name: String) -> String? {
        guard let handle = unsafe iconv_open("UTF-8", name), unsafe handle != Self.invalidHandle else { return nil }
        defer { unsafe iconv_close(handle) }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        unsafe bytes.withUnsafeBufferPointer { unsafe Self.convert($0, with: handle, into: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    /// What iconv_open(3) returns when it fails: minus one as a pointer.
    private static var invalidHandle: iconv_t? { unsafe iconv_t(bitPattern: -1) }

    /// Converts all of the input; each octet that begins nothing readable becomes one replacement character.
    private static func convert(_ input: UnsafeBufferPointer<UInt8>, with handle: iconv_t, into text: inout [UInt8]) {
        guard let base = input.baseAddress else { return }
        var source: UnsafeMutablePointer<CChar>? = unsafe UnsafeMutablePointer(
            mutating: UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self)
        )
        var sourceLeft = input.count
        let chunk = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Self.chunkOctets)
        defer { unsafe chunk.deallocate() }
        while sourceLeft > 0 {
            var target = chunk.baseAddress
            var targetLeft = Self.chunkOctets
            let result = unsafe iconv(handle, &source, &sourceLeft, &target, &targetLeft)
            let failure = errno
            unsafe Self.append(chunk, Self.chunkOctets - targetLeft, to: &text)
            guard result == -1 else { break }
            if failure == E2BIG { continue }
            text.append(contentsOf: Self.replacement)
            guard failure == EILSEQ, sourceLeft > 0, let here = unsafe source else { break }
            unsafe source = here + 1
            sourceLeft -= 1
        }
        var target = chunk.baseAddress
        var targetLeft = Self.chunkOctets
        _ = unsafe iconv(handle, nil, nil, &target, &targetLeft)
        unsafe Self.append(chunk, Self.chunkOctets - targetLeft, to: &text)
    }

    private static func append(_ chunk: UnsafeMutableBufferPointer<CChar>, _ count: Int, to text: inout [UInt8]) {
        for index in 0..<count {
            text.append(UInt8(bitPattern: unsafe chunk[index]))
        }
    }
}
