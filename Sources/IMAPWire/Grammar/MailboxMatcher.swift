/// A pattern of LIST, made ready to be held against many names.
///
/// It keeps the set of places in the pattern that the name read so far can be at, a bit each, so that no input makes it
/// go back, and a long pattern costs a few words for each octet of a name.
package struct MailboxMatcher: Sendable {
    /// Wildcards never stand side by side: `*%*` means `*`, and `%%` means `%`.
    private let pattern: [UInt8]
    /// Octets a name must have at least.
    private let literalCount: Int
    private let hasWildcards: Bool
    /// 64 places each; there is one more place than the pattern has octets.
    private let words: Int
    private let stars: [UInt64]
    private let percents: [UInt64]
    /// Which of ``masks`` is an octet's; 0 for those the pattern has not.
    private let maskNumbers: [Int]
    /// The places where an octet stands, ``words`` words for each different octet.
    private let masks: [UInt64]

    /// - Parameter reference: put before the pattern as it is, as in `LIST "~/Mail/" "%"`.
    package init(_ pattern: MailboxPattern, reference: String = "") {
        let octets = Self.joiningWildcards(Array((reference + pattern.text).utf8))
        let words = octets.count / 64 + 1
        var stars = [UInt64](repeating: 0, count: words)
        var percents = stars
        var masks = stars
        var maskNumbers = [Int](repeating: 0, count: 256)
        for (place, octet) in octets.enumerated() {
            let bit: UInt64 = 1 << UInt64(place % 64)
            switch octet {
            case Self.star: stars[place / 64] |= bit
            case Self.percent: percents[place / 64] |= bit
            default:
                if maskNumbers[Int(octet)] == 0 {
                    maskNumbers[Int(octet)] = masks.count / words
                    masks += repeatElement(0, count: words)
                }
                masks[maskNumbers[Int(octet)] * words + place / 64] |= bit
            }
        }
        self.pattern = octets
        self.literalCount = octets.count { !Self.isWildcard($0) }
        self.hasWildcards = self.literalCount < octets.count
        self.words = words
        self.stars = stars
        self.percents = percents
        self.maskNumbers = maskNumbers
        self.masks = masks
    }

    /// - Complexity: O(name × pattern / 64).
    package func matches(_ name: String) -> Bool {
        let name = Array(name.utf8)
        guard name.count >= self.literalCount else { return false }
        let caseless = Self.inboxOctets(of: name)
        guard self.hasWildcards else { return self.isSame(name, caseless: caseless) }
        var places = [UInt64](repeating: 0, count: self.words)
        places[0] = 1
        _ = self.passWildcards(&places)
        for (index, octet) in name.enumerated() {
            let inOtherCase = index < caseless ? octet | 0x20 : octet
            guard self.take(octet, inOtherCase, &places) else { return false }
        }
        return places[self.pattern.count / 64] >> UInt64(self.pattern.count % 64) & 1 == 1
    }

    private func isSame(_ name: [UInt8], caseless: Int) -> Bool {
        name.count == self.pattern.count
            && name.indices.allSatisfy { index in
                name[index] == self.pattern[index] || index < caseless && name[index] | 0x20 == self.pattern[index]
            }
    }

    /// - Returns: whether any place is left.
    private func take(_ octet: UInt8, _ inOtherCase: UInt8, _ places: inout [UInt64]) -> Bool {
        let mask = self.maskNumbers[Int(octet)] * self.words
        let otherMask = self.maskNumbers[Int(inOtherCase)] * self.words
        var carry: UInt64 = 0
        for word in 0..<self.words {
            let here = places[word]
            let moved = here & (self.masks[mask + word] | self.masks[otherMask + word])
            var next = moved << 1 | carry | here & self.stars[word]
            if octet != Self.separator { next |= here & self.percents[word] }
            carry = moved >> 63
            places[word] = next
        }
        return self.passWildcards(&places)
    }

    /// A wildcard may stand for nothing; none follows another.
    private func passWildcards(_ places: inout [UInt64]) -> Bool {
        var carry: UInt64 = 0
        var any: UInt64 = 0
        for word in 0..<self.words {
            let wild = places[word] & (self.stars[word] | self.percents[word])
            places[word] |= wild << 1 | carry
            carry = wild >> 63
            any |= places[word]
        }
        return any != 0
    }

    private static let star = UInt8(ascii: "*")
    private static let percent = UInt8(ascii: "%")
    private static let separator = UInt8(ascii: "/")

    private static func isWildcard(_ octet: UInt8) -> Bool { octet == Self.star || octet == Self.percent }

    private static func joiningWildcards(_ pattern: [UInt8]) -> [UInt8] {
        var joined: [UInt8] = []
        joined.reserveCapacity(pattern.count)
        for octet in pattern {
            guard Self.isWildcard(octet), let last = joined.last, Self.isWildcard(last) else {
                joined.append(octet)
                continue
            }
            if octet == Self.star { joined[joined.count - 1] = Self.star }
        }
        return joined
    }

    /// How many octets of a name are `INBOX`, for which case does not count. RFC 9051 §5.1.
    private static func inboxOctets(of name: [UInt8]) -> Int {
        let inbox = "INBOX".utf8
        guard name.starts(with: inbox) else { return 0 }
        return name.count == inbox.count || name[inbox.count] == Self.separator ? inbox.count : 0
    }
}
