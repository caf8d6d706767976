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

    /// How often `byte` stands in `from..<to`.
    func occurrences(of byte: UInt8, from: Int, to: Int) -> Int {
        guard from < to else { return 0 }
        precondition(from >= 0 && to <= self.count, "a count stays inside the bytes")
        return unsafe self.withUnsafeBufferPointer { buffer in
            var count = 0
            var start = from
            // Runs short enough for a sum in eight bits, which the compiler makes a vector loop of.
            while start < to {
                let end = min(start + 255, to)
                var sum: UInt8 = 0
                for index in start..<end {
                    sum &+= unsafe buffer[index] == byte ? 1 : 0
                }
                count += Int(sum)
                start = end
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
