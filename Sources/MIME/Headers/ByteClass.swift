/// Classes of bytes in header fields, as two bit tables.
enum ByteClass {
    /// `atext` of RFC 5322 §3.2.3 and every 8-bit byte (RFC 6532 §3.2).
    @inline(__always)
    static func isAtomByte(_ byte: UInt8) -> Bool {
        byte >= 0x80 || Self.has(byte, 0xA3FF_ACFA_0000_0000, 0x7FFF_FFFF_C7FF_FFFE)
    }

    /// `token` of RFC 2045 §5.1, which also leaves out `/`, `=` and `?` but has the dot; and every 8-bit byte.
    @inline(__always)
    static func isTokenByte(_ byte: UInt8) -> Bool {
        byte >= 0x80 || Self.has(byte, 0x03FF_6CFA_0000_0000, 0x7FFF_FFFF_C7FF_FFFE)
    }

    /// - Parameters:
    ///   - low: bit n stands for byte n.
    ///   - high: bit n stands for byte 64 + n.
    @inline(__always)
    private static func has(_ byte: UInt8, _ low: UInt64, _ high: UInt64) -> Bool {
        (byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte & 63)) & 1 == 1
    }
}
