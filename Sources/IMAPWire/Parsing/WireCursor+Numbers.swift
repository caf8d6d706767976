internal import MailBytes
package import MailTypes

extension WireCursor {
    /// `nz-number = digit-nz *DIGIT ; 0 < n < 4,294,967,296` (RFC 9051 §9).
    package mutating func takeNonZeroNumber() throws(WireSyntaxError) -> UInt32 {
        guard self.next != UInt8(ascii: "0") else { throw self.syntaxError(.nonZeroNumber) }
        return UInt32(truncatingIfNeeded: try self.takeDigits(max: UInt64(UInt32.max), .nonZeroNumber))
    }

    /// `number = 1*DIGIT ; 0 <= n < 4,294,967,296` (RFC 9051 §9).
    package mutating func takeNumber() throws(WireSyntaxError) -> UInt32 {
        UInt32(truncatingIfNeeded: try self.takeDigits(max: UInt64(UInt32.max), .number))
    }

    /// `number64 = 1*DIGIT ; 0 <= n <= 9,223,372,036,854,775,807` (RFC 9051 §9).
    package mutating func takeNumber64() throws(WireSyntaxError) -> UInt64 {
        try self.takeDigits(max: UInt64(Int64.max), .number64)
    }

    /// `mod-sequence-valzer = "0" / mod-sequence-value` (RFC 7162 §7).
    package mutating func takeModSeq() throws(WireSyntaxError) -> ModSeq {
        ModSeq(rawValue: Int64(truncatingIfNeeded: try self.takeDigits(max: UInt64(Int64.max), .modSeq)))
    }

    /// A number of exactly `count` digits, as dates have them.
    mutating func takeFixedDigits(
        _ count: Int,
        _ expected: WireSyntaxError.Expectation
    ) throws(WireSyntaxError) -> Int {
        var value = 0
        for distance in 0..<count {
            guard let digit = self.peek(distance), ASCII.isDigit(digit) else { throw self.syntaxError(expected) }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        self.advance(by: count)
        return value
    }

    private mutating func takeDigits(
        max: UInt64,
        _ expected: WireSyntaxError.Expectation
    ) throws(WireSyntaxError) -> UInt64 {
        // Twenty digits may overflow 64 bits; leading zeros beyond that are nobody's number.
        let count = self.run(limit: 19, ASCII.isDigit)
        guard count > 0, count <= 19 else { throw self.syntaxError(expected) }
        var value: UInt64 = 0
        for distance in 0..<count {
            value = value * 10 + UInt64((self.peek(distance) ?? 0) - UInt8(ascii: "0"))
        }
        guard value <= max else { throw self.syntaxError(expected) }
        self.advance(by: count)
        return value
    }
}
