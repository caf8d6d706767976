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
        let pattern = Array((reference + self.text).utf8)
        return Self.matches(Array(name.utf8), Self.foldingInbox(pattern))
    }

    /// Whether the pattern, after its reference, contains no wildcard.
    package var isLiteral: Bool { !self.text.utf8.contains { $0 == Self.star || $0 == Self.percent } }

    private static let star = UInt8(ascii: "*")
    private static let percent = UInt8(ascii: "%")
    private static let separator = UInt8(ascii: "/")

    /// Keeps the set of pattern positions the name read so far can be at, so that no input makes it back-track.
    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var current = [Bool](repeating: false, count: pattern.count + 1)
        current[0] = true
        Self.skipWildcards(&current, pattern)
        for byte in name {
            var next = [Bool](repeating: false, count: pattern.count + 1)
            for position in pattern.indices where current[position] {
                switch pattern[position] {
                case Self.star: next[position] = true
                case Self.percent where byte != Self.separator: next[position] = true
                case byte: next[position + 1] = true
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

    private static func foldingInbox(_ pattern: [UInt8]) -> [UInt8] {
        guard pattern.count >= 5, zip(pattern, "INBOX".utf8).allSatisfy({ $0 & 0xDF == $1 }) else { return pattern }
        if pattern.count > 5, ![Self.separator, Self.star, Self.percent].contains(pattern[5]) { return pattern }
        return Array("INBOX".utf8) + pattern.dropFirst(5)
    }
}
