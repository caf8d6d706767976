/// Text straight into reserved memory: what the fast responses are made of.
extension OutputRawSpan {
    /// - Precondition: the text is not longer than the room left, as everywhere here.
    @inlinable
    @inline(__always)
    package mutating func put(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { unsafe self.append(text.utf8Start[index]) }
    }

    @inlinable
    @inline(__always)
    package mutating func put(_ bytes: [UInt8]) {
        for byte in bytes { self.append(byte) }
    }

    @inlinable
    package mutating func put(_ bytes: Span<UInt8>) {
        precondition(bytes.count <= self.freeCapacity, "the room was reserved")
        unsafe self.withUnsafeMutableBytes { room, count in
            unsafe bytes.withUnsafeBytes {
                unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: $0)
            }
            count += bytes.count
        }
    }

    /// The text as UTF-8.
    @inlinable
    package mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { unsafe self.put(Span(_unsafeElements: $0)) }
    }

    /// A number in decimal; at most 20 bytes.
    @inlinable
    @inline(__always)
    package mutating func put(decimal value: UInt64) {
        if value < 100_000_000 {
            self.putDigits(UInt32(truncatingIfNeeded: value), count: 1)
        } else {
            self.putLarge(value)
        }
    }

    @usableFromInline
    package mutating func putLarge(_ value: UInt64) {
        let high = value / 100_000_000
        if high < 100_000_000 {
            self.putDigits(UInt32(truncatingIfNeeded: high), count: 1)
        } else {
            self.putDigits(UInt32(truncatingIfNeeded: high / 100_000_000), count: 1)
            self.putDigits(UInt32(truncatingIfNeeded: high % 100_000_000), count: 8)
        }
        self.putDigits(UInt32(truncatingIfNeeded: value % 100_000_000), count: 8)
    }

    /// Up to eight digits, gathered from the last to the first in one register.
    ///
    /// - Parameter minimum: digits written at least, with zeros in front.
    @inlinable
    @inline(__always)
    package mutating func putDigits(_ value: UInt32, count minimum: Int) {
        var rest = value
        var packed: UInt64 = 0
        var count = 0
        repeat {
            let quotient = rest / 10
            packed = packed << 8 | UInt64(rest - quotient * 10 + 0x30)
            rest = quotient
            count += 1
        } while rest != 0 || count < minimum
        for _ in 0..<count {
            self.append(UInt8(truncatingIfNeeded: packed))
            packed >>= 8
        }
    }
}
