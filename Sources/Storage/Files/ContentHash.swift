/// A 64-bit digest of a body, to notice that a disk or a copy changed it. It is XXH64 with seed 0.
///
/// It protects against accidents, not against someone who wants two bodies with one digest.
package struct ContentHash: Sendable {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// - Complexity: one pass, several octets a nanosecond.
    package static func of(_ bytes: Span<UInt8>) -> UInt64 {
        unsafe bytes.withUnsafeBytes { unsafe Self.of($0) }
    }

    private static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64
        var offset = 0
        if bytes.count >= 32 {
            var lanes = (
                Self.prime1 &+ Self.prime2, Self.prime2, UInt64(0), UInt64(0) &- Self.prime1
            )
            while offset &+ 32 <= bytes.count {
                lanes.0 = Self.round(lanes.0, unsafe Self.word(bytes, offset))
                lanes.1 = Self.round(lanes.1, unsafe Self.word(bytes, offset &+ 8))
                lanes.2 = Self.round(lanes.2, unsafe Self.word(bytes, offset &+ 16))
                lanes.3 = Self.round(lanes.3, unsafe Self.word(bytes, offset &+ 24))
                offset &+= 32
            }
            hash =
                Self.rotate(lanes.0, 1) &+ Self.rotate(lanes.1, 7) &+ Self.rotate(lanes.2, 12)
                &+ Self.rotate(lanes.3, 18)
            hash = Self.merge(Self.merge(Self.merge(Self.merge(hash, lanes.0), lanes.1), lanes.2), lanes.3)
        } else {
            hash = Self.prime5
        }
        hash &+= UInt64(bytes.count)
        return unsafe Self.finish(hash, bytes, offset)
    }

    private static func finish(_ start: UInt64, _ bytes: UnsafeRawBufferPointer, _ from: Int) -> UInt64 {
        var hash = start
        var offset = from
        while offset &+ 8 <= bytes.count {
            hash ^= Self.round(0, unsafe Self.word(bytes, offset))
            hash = Self.rotate(hash, 27) &* Self.prime1 &+ Self.prime4
            offset &+= 8
        }
        if offset &+ 4 <= bytes.count {
            let half = UInt32(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            hash ^= UInt64(half) &* Self.prime1
            hash = Self.rotate(hash, 23) &* Self.prime2 &+ Self.prime3
            offset &+= 4
        }
        while offset < bytes.count {
            hash ^= UInt64(unsafe bytes[offset]) &* Self.prime5
            hash = Self.rotate(hash, 11) &* Self.prime1
            offset &+= 1
        }
        hash = (hash ^ hash >> 33) &* Self.prime2
        hash = (hash ^ hash >> 29) &* Self.prime3
        return hash ^ hash >> 32
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 &- count)
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        Self.rotate(lane &+ word &* Self.prime2, 31) &* Self.prime1
    }

    private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ Self.round(0, lane)) &* Self.prime1 &+ Self.prime4
    }
}
