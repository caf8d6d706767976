/// A mailbox's full name in UTF-8: levels separated by `/`, as in `Projects/2026`. `INBOX` is the same in any case.
///
/// Everything else may stand in a name (`%`, `.`, `*`, `&`, 8-bit text; lesson 24): what a wire cannot carry is encoded
/// by that wire's module. Refused are control characters, empty levels, and names too long or too deep.
/// RFC 9051 §5.1.
///
/// A name is its octets: `é` in one code point and in two are two names, as they are two rows, and a `/` ends a level
/// whatever follows it. Swift's own comparison and its `Character`s see both otherwise, so nothing here asks them.
package struct MailboxName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Octets of a name; long enough for every client, short enough for an index.
    package static let octetsMax = 1_000
    package static let levelsMax = 64
    private static let separator = UInt8(ascii: "/")
    package static let inbox = MailboxName(trusted: "INBOX")
    /// Where mail goes that is surely not wanted; every account begins with it.
    package static let junk = MailboxName(trusted: "Junk")

    package let text: String

    /// `nil` when the name cannot be a mailbox's. One separator at the end is dropped, as `CREATE` allows it.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        if text.utf8.last == Self.separator { text.unicodeScalars.removeLast() }
        guard !text.isEmpty, text.utf8.count <= Self.octetsMax else { return nil }
        if Self.isPlainLevel(text) {
            self.text = text
            return
        }
        let levels = text.utf8.split(separator: Self.separator, omittingEmptySubsequences: false)
        guard levels.count <= Self.levelsMax, levels.allSatisfy({ !$0.isEmpty }) else { return nil }
        let isPrintable = text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && scalar.value != 0x7F && !(0x80...0x9F).contains(scalar.value)
        }
        guard isPrintable else { return nil }
        self.text = Self.foldingInbox(text, firstLevel: Substring(levels[0]))
    }

    /// Whether it is one level in printable ASCII, as most names are, and cannot be INBOX.
    private static func isPlainLevel(_ text: String) -> Bool {
        text.utf8.count != Self.inbox.text.utf8.count
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != Self.separator }
    }

    /// A name that was checked before it was stored.
    init(trusted text: String) {
        self.text = text
    }

    package var description: String { self.text }

    package var isInbox: Bool { self == Self.inbox }

    package var levels: [Substring] { self.text.utf8.split(separator: Self.separator).map { Substring($0) } }

    /// The name one level up; `nil` at the top.
    package var parent: MailboxName? {
        self.text.utf8.lastIndex(of: Self.separator).map { MailboxName(trusted: String(self.text[..<$0])) }
    }

    /// The names above this one, the nearest first.
    package var ancestors: [MailboxName] {
        var names: [MailboxName] = []
        var next = self.parent
        while let name = next {
            names.append(name)
            next = name.parent
        }
        return names
    }

    /// What all names below this one begin with.
    var childPrefix: String { self.text + "/" }

    package func isBelow(_ other: MailboxName) -> Bool {
        self.text.utf8.starts(with: other.childPrefix.utf8)
    }

    /// This name with `old` at its beginning replaced; `nil` when that would be too long or too deep.
    func moving(_ old: MailboxName, to new: MailboxName) -> MailboxName? {
        MailboxName(new.text + String(decoding: self.text.utf8.dropFirst(old.text.utf8.count), as: UTF8.self))
    }

    package static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = self.text
        text.withUTF8 { bytes in unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes)) }
    }

    private static func foldingInbox(_ text: String, firstLevel: Substring) -> String {
        guard firstLevel.utf8.count == 5, firstLevel.uppercased() == "INBOX", firstLevel != "INBOX" else { return text }
        return "INBOX" + String(decoding: text.utf8.dropFirst(5), as: UTF8.self)
    }
}
