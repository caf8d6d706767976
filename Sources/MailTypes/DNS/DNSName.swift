/// A name in the DNS as it is asked for: ASCII, lower case, without the last dot: `_dmarc.example.org`.
///
/// Labels hold 1 to 63 printable characters, the name 1 to 253; underscores and other signs that host names do not have
/// are allowed, a backslash and 8-bit characters are not. The root alone is written as a dot. RFC 1035 §2.3.4,
/// RFC 2181 §11.
package struct DNSName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// The name that ends all others; as an MX's host it says that a domain takes no mail. RFC 7505 §3.
    package static let root = Self(checked: ".")

    /// `nil` for what cannot stand in the DNS; capitals are folded and one dot at the end is dropped.
    package init?(_ text: String) {
        let bytes = text.utf8
        if bytes.elementsEqual([0x2E]) {
            self = .root
            return
        }
        var labelOctets = 0
        var octets = 0
        var needsFolding = false
        for byte in bytes {
            guard byte > 0x20, byte < 0x7F, byte != 0x5C else { return nil }
            if byte == 0x2E {
                guard labelOctets > 0 else { return nil }
                labelOctets = 0
            } else {
                labelOctets += 1
                guard labelOctets <= 63 else { return nil }
                if byte >= 0x41 && byte <= 0x5A { needsFolding = true }
            }
            octets += 1
        }
        let hasLastDot = labelOctets == 0 && octets > 0
        guard octets > 0, octets - (hasLastDot ? 1 : 0) <= 253 else { return nil }
        let name = hasLastDot ? String(text.dropLast()) : text
        self.init(checked: needsFolding ? name.lowercased() : name)
    }

    package init?(_ text: Substring) {
        self.init(String(text))
    }

    private init(checked text: String) {
        self.text = text
    }

    package var description: String { self.text }

    /// From the left; the root has none.
    package var labels: [Substring] { self == .root ? [] : self.text.split(separator: ".") }

    /// How many labels there are; the root has none.
    package var labelsCount: Int { self == .root ? 0 : self.text.utf8.count { $0 == 0x2E } + 1 }

    /// The name without its leftmost label; `nil` for the root, which has no parent.
    package var parent: Self? {
        guard self != .root else { return nil }
        guard let dot = self.text.utf8.firstIndex(of: 0x2E) else { return .root }
        return Self(checked: String(self.text[self.text.utf8.index(after: dot)...]))
    }

    /// The name made of the rightmost labels; the whole name when it has no more than `count`, which is at least 1.
    package func suffix(labels count: Int) -> Self {
        precondition(count > 0, "a suffix has a label")
        guard self != .root else { return self }
        let bytes = self.text.utf8
        var dotsLeft = count
        var start = bytes.endIndex
        while start > bytes.startIndex {
            let before = bytes.index(before: start)
            if bytes[before] == 0x2E {
                dotsLeft -= 1
                if dotsLeft == 0 { return Self(checked: String(self.text[start...])) }
            }
            start = before
        }
        return self
    }

    /// `_dmarc` before `example.org` gives `_dmarc.example.org`; `nil` when that is too long or no name.
    package func prefixed(by labels: String) -> Self? {
        self == .root ? Self(labels) : Self(labels + "." + self.text)
    }

    /// Whether this is `ancestor` itself or a name below it.
    package func isEqualOrBelow(_ ancestor: Self) -> Bool {
        guard ancestor != .root, self != ancestor else { return true }
        let ours = self.text.utf8
        let theirs = ancestor.text.utf8
        guard ours.count > theirs.count + 1 else { return false }
        return ours.suffix(theirs.count + 1).first == 0x2E && ours.suffix(theirs.count).elementsEqual(theirs)
    }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
