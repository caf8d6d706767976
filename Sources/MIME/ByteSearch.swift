internal import Glibc
internal import MailBytes

/// Searches at the speed of memchr(3): the one place of this module that touches pointers.
extension Span where Element == UInt8 {
    /// The first `byte` in `from..<to`.
    @inline(__always)
    func firstIndex(of byte: UInt8, from: Int, to: Int) -> Int? {
        guard from < to else { return nil }
        precondition(from >= 0 && to <= self.count, "a search stays inside the bytes")
        let offset = unsafe self.withUnsafeBufferPointer { buffer -> Int? in
            guard let base = buffer.baseAddress else { return nil }
            let start = unsafe UnsafeRawPointer(base + from)
            guard let found = unsafe memchr(start, Int32(byte), to - from) else { return nil }
            return unsafe UnsafeRawPointer(found) - start
        }
        return offset.map { from + $0 }
    }

    /// How often `byte` stands in `from..<to`; eight bytes are compared at a time.
    func occurrences(of byte: UInt8, from: Int, to: Int) -> Int {
        guard from < to else { return 0 }
        precondition(from >= 0 && to <= self.count, "a count stays inside the bytes")
        return unsafe self.withUnsafeBytes { bytes in
            let lowBits: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
            let sought = 0x0101_0101_0101_0101 &* UInt64(byte)
            var count = 0
            var start = from
            while to - start >= 8 {
                // Each byte of `sums` holds the sum of at most 255 rounds.
                let end = start + min(255, (to - start) / 8) * 8
                var sums: UInt64 = 0
                while start < end {
                    let block = unsafe bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self) ^ sought
                    sums &+= ~((block & lowBits &+ lowBits) | block | lowBits) &>> 7
                    start &+= 8
                }
                for shift in stride(from: UInt64(0), to: 64, by: 8) { count += Int(sums &>> shift & 0xFF) }
            }
            for index in start..<to where unsafe bytes[index] == byte {
                count += 1
            }
            return count
        }
    }

    /// Whether the bytes from `offset` on begin with `text`, case and all.
    @inline(__always)
    func hasBytes(_ text: [UInt8], at offset: Int) -> Bool {
        guard offset + text.count <= self.count else { return false }
        for index in 0..<text.count where self[offset + index] != text[index] {
            return false
        }
        return true
    }
}

extension [UInt8] {
    /// Appends a stretch of `bytes`.
    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let part = bytes.extracting(range)
        unsafe part.withUnsafeBufferPointer { unsafe self.append(contentsOf: $0) }
    }

    /// Whether this is `text` in any mixture of cases; `text` is lower-case.
    func isCaseInsensitively(_ text: StaticString) -> Bool {
        guard self.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { buffer in
            for index in 0..<self.count where unsafe ASCII.lowercased(self[index]) != buffer[index] {
                return false
            }
            return true
        }
    }
}
