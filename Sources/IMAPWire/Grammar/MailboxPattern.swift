/// A pattern of LIST: `*` stands for anything, `%` for anything within one level. RFC 9051 §6.3.9.
package struct MailboxPattern: Hashable, Sendable {
    /// Decoded from modified UTF-7.
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// Whether a mailbox's decoded name matches, `INBOX` (alone or as first level) in any case.
    ///
    /// - Parameter reference: put before the pattern as it is, as in `LIST "~/Mail/" "%"`.
    /// - Complexity: O(name × pattern) at worst; wildcards never multiply.
    package func matches(_ name: String, reference: String = "") -> Bool {
        Self.matches(Array(name.utf8), Array((reference + self.text).utf8))
    }

    /// Whether the pattern, after its reference, contains no wildcard.
    package var isLiteral: Bool { !self.text.utf8.contains { $0 == Self.star || $0 == Self.percent } }

    private static let star = UInt8(ascii: "*")
    private static let percent = UInt8(ascii: "%")
    private static let separator = UInt8(ascii: "/")

    /// Keeps the set of pattern positions the name read so far can be at, so that no input makes it back-track.
    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        let caseless = Self.inboxOctets(of: name)
        var current = [Bool](repeating: false, count: pattern.count + 1)
        current[0] = true
        Self.skipWildcards(&current, pattern)
        for (index, byte) in name.enumerated() {
            var next = [Bool](repeating: false, count: pattern.count + 1)
            for position in pattern.indices where current[position] {
                switch pattern[position] {
                case Self.star: next[position] = true
                case Self.percent where byte != Self.separator: next[position] = true
                case byte: next[position + 1] = true
                case let other where index < caseless && other & 0xDF == byte: next[position + 1] = true
                default: break
                }
            }
            Self.skipWildcards(&next, pattern)
            current = next
        }
        return current[pattern.count]
    }

    /// A wildcard may stand for nothing.
    private static func skipWildcards(_ positions: inout [Bool], _ pattern: [UInt8]) {
        for position in pattern.indices where positions[position] {
            if pattern[position] == Self.star || pattern[position] == Self.percent { positions[position + 1] = true }
        }
    }

    /// How many octets of a name are `INBOX`, for which case does not count. RFC 9051 §5.1.
    private static func inboxOctets(of name: [UInt8]) -> Int {
        let inbox = "INBOX".utf8
        guard name.starts(with: inbox) else { return 0 }
        return name.count == inbox.count || name[inbox.count] == Self.separator ? inbox.count : 0
    }
}
