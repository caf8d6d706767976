internal import MailBytes

/// Tells an IP address in brackets from what only looks like one. RFC 5321 §4.1.3.
enum AddressLiteral {
    /// - Parameter range: what stands between the brackets.
    static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let tagEnd = range.lowerBound + 5
        if tagEnd <= range.upperBound, bytes.equalsIgnoringCase("IPV6:", from: range.lowerBound, to: tagEnd) {
            return Self.isIPv6(bytes, tagEnd..<range.upperBound)
        }
        return Self.isIPv4(bytes, range)
    }

    /// `Snum 3("." Snum)`, each number 0 to 255.
    private static func isIPv4(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var numbers = 0
        var digits = 0
        var value = 0
        for index in range {
            if bytes[index] == ASCII.dot {
                guard digits > 0 else { return false }
                numbers += 1
                digits = 0
                value = 0
                continue
            }
            guard ASCII.isDigit(bytes[index]), digits < 3 else { return false }
            value = value * 10 + Int(bytes[index] - 0x30)
            digits += 1
            guard value <= 255 else { return false }
        }
        return numbers == 3 && digits > 0
    }

    /// Up to eight groups of four hexadecimal digits, one run of them left out as `::`, the last two perhaps as IPv4.
    private static func isIPv6(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let colon = UInt8(ascii: ":")
        var groups = 0
        var hasGap = false
        var position = range.lowerBound
        while position < range.upperBound {
            if bytes[position] == colon {
                let isDouble = position + 1 < range.upperBound && bytes[position + 1] == colon
                if isDouble {
                    guard !hasGap else { return false }
                    hasGap = true
                    position += 2
                    continue
                }
                guard position > range.lowerBound, position + 1 < range.upperBound, bytes[position - 1] != colon
                else { return false }
                position += 1
                continue
            }
            let start = position
            while position < range.upperBound, Hex.value(bytes[position]) != nil { position += 1 }
            if position < range.upperBound, bytes[position] == ASCII.dot {
                guard Self.isIPv4(bytes, start..<range.upperBound) else { return false }
                groups += 2
                break
            }
            guard (1...4).contains(position - start), position == range.upperBound || bytes[position] == colon
            else { return false }
            groups += 1
        }
        return hasGap ? groups <= 7 : groups == 8
    }
}
