internal import MailBytes

/// Which pairs of neighbouring octets a text has, case of ASCII ignored: a key of which one pair is missing is not in
/// the text, and that is told by comparing two numbers.
///
/// It is a set of 64 places that pairs share, so it can only say that something is missing. A line of text fills half
/// of them: of keys of seven octets that are not there one in a hundred passes.
struct OctetPairs: Hashable, Sendable {
    private var bits: UInt64 = 0

    init() {}

    init(_ text: Span<UInt8>) {
        self.insert(text)
    }

    init(_ text: [UInt8]) {
        self.insert(text.span)
    }

    mutating func insert(_ bytes: Span<UInt8>) {
        guard bytes.count > 1 else { return }
        var bits = self.bits
        var last = ASCII.lowercased(bytes[0])
        for index in 1..<bytes.count {
            let next = ASCII.lowercased(bytes[index])
            bits |= Self.bit(last, next)
            last = next
        }
        self.bits = bits
    }

    /// What every text has that the pattern matches: wildcards part its octets.
    mutating func insert(_ pattern: GlobPattern) {
        var last: UInt8?
        for element in pattern.elements {
            guard case .unit(let unit) = element, let octet = UInt8(exactly: unit).map(ASCII.lowercased) else {
                last = nil
                continue
            }
            if let last { self.bits |= Self.bit(last, octet) }
            last = octet
        }
    }

    @inline(__always)
    func isSubset(of other: Self) -> Bool { self.bits & ~other.bits == 0 }

    /// The upper bits of a product depend on all bits of both octets.
    @inline(__always)
    private static func bit(_ first: UInt8, _ second: UInt8) -> UInt64 {
        let pair = UInt32(first) << 8 | UInt32(second)
        return 1 << UInt64((pair &* 0x9E37_79B1) >> 26)
    }
}
