/// A status code such as `5.1.1`: class, subject, detail. RFC 3463 §2.
package struct EnhancedStatus: Hashable, Sendable, CustomStringConvertible {
    /// 2 success, 4 temporary failure, 5 permanent failure.
    package var category: UInt8
    /// 0 to 999.
    package var subject: UInt16
    /// 0 to 999.
    package var detail: UInt16

    package init(_ category: UInt8, _ subject: UInt16, _ detail: UInt16) {
        self.category = category
        self.subject = subject
        self.detail = detail
    }

    /// Reads `5.1.1`; `nil` when the text is anything else.
    package init?(_ text: String) {
        var text = text
        guard let status = text.withUTF8({ unsafe Self.read(Span(_unsafeElements: $0)) }) else { return nil }
        self = status
    }

    /// Reads a code that the program itself names; `nil` when it is none.
    package init?(_ text: StaticString) {
        guard let status = text.withUTF8Buffer({ unsafe Self.read(Span(_unsafeElements: $0)) }) else { return nil }
        self = status
    }

    private static func read(_ octets: Span<UInt8>) -> EnhancedStatus? {
        var numbers: (UInt16, UInt16, UInt16) = (0, 0, 0)
        var digits = 0
        var dots = 0
        for index in 0..<octets.count {
            let octet = octets[index]
            switch octet {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                guard digits <= 3 else { return nil }
                numbers.2 = numbers.2 * 10 + UInt16(octet - UInt8(ascii: "0"))
            case UInt8(ascii: "."):
                dots += 1
                guard digits > 0, dots <= 2 else { return nil }
                numbers = (numbers.1, numbers.2, 0)
                digits = 0
            default:
                return nil
            }
        }
        guard dots == 2, digits > 0, [2, 4, 5].contains(numbers.0) else { return nil }
        return EnhancedStatus(UInt8(numbers.0), numbers.1, numbers.2)
    }

    package var description: String { "\(self.category).\(self.subject).\(self.detail)" }
}
