internal import MailTypes

/// Text straight into reserved memory: what the fast responses are made of.
extension OutputRawSpan {
    /// - Precondition: the text is shorter than the room left, as everywhere here.
    @inline(__always)
    mutating func put(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { unsafe self.append(text.utf8Start[index]) }
    }

    @inline(__always)
    mutating func put(_ bytes: [UInt8]) {
        for byte in bytes { self.append(byte) }
    }

    /// A number in decimal; at most 20 bytes.
    @inline(__always)
    mutating func put(decimal value: UInt64) {
        if value < 100_000_000 {
            self.putDigits(UInt32(truncatingIfNeeded: value), count: 1)
        } else {
            self.putLarge(value)
        }
    }

    private mutating func putLarge(_ value: UInt64) {
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
    @inline(__always)
    private mutating func putDigits(_ value: UInt32, count minimum: Int) {
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

    /// Names of flags, parted by spaces; bits without a name are left out.
    @inline(__always)
    mutating func put(_ flags: FlagSet, _ names: FlagNames, isRecent: Bool) {
        var bits = flags.rawValue
        var needsSpace = isRecent
        if isRecent { self.put("\\Recent") }
        while bits != 0 {
            let bit = bits.trailingZeroBitCount
            bits &= bits - 1
            guard names.hasName(bit) else { continue }
            if needsSpace { self.append(0x20) }
            names.put(bit, into: &self)
            needsSpace = true
        }
    }
}
