/// Bytes as UTF-8.
package enum UTF8Text {
    /// Whether all bytes together are well-formed UTF-8. RFC 3629 §4.
    package static func isValid(_ bytes: Span<UInt8>) -> Bool {
        (try? UTF8Span(validating: bytes)) != nil
    }

    /// Whether no byte has its top bit set.
    package static func isASCII(_ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            var index = 0
            while bytes.count - index >= 8 {
                let eight = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                guard eight & 0x8080_8080_8080_8080 == 0 else { return false }
                index += 8
            }
            return unsafe bytes[index...].allSatisfy { $0 < 0x80 }
        }
    }

    /// The text with every ill-formed sequence replaced by U+FFFD.
    package static func repaired(_ bytes: Span<UInt8>) -> String {
        guard let valid = try? UTF8Span(validating: bytes) else {
            return unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
        return String(copying: valid)
    }

    /// How many of the first `limit` bytes can be kept without cutting a character in two.
    package static func wholeCharacters(_ bytes: Span<UInt8>, limit: Int) -> Int {
        guard limit < bytes.count else { return bytes.count }
        var end = max(0, limit)
        while end > 0, limit - end < 4, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }
}
