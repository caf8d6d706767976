internal import MailBytes
package import MailTypes

/// Which names are shared by many organisations, like `com`, `co.uk` or `*.ck`: the list of publicsuffix.org, as
/// Debian's package `publicsuffix` has it.
///
/// All of it counts, the private part too. It is kept as one text and an index, sorted, about 400 KiB.
/// RFC 7489 §3.2 names such a list as the way to find an organisation's domain.
package struct PublicSuffixList: Sendable {
    private enum Kind: UInt8 {
        case suffix
        /// All names directly below are suffixes.
        case wildcard
        /// No suffix though a wildcard says so.
        case exception
    }

    private var octets: [UInt8] = []
    /// Where each rule's name stands in `octets`, in the order of the names.
    private var starts: [UInt32] = []
    private var kinds: [UInt8] = []

    /// How many rules there are.
    package var count: Int { self.kinds.count }

    /// - Parameter text: one rule a line, `//` starts a comment, names in Unicode; what is no rule is passed over.
    package init(_ text: some Sequence<UInt8>) {
        var rules: [(name: String, kind: Kind)] = []
        for line in Array(text).split(whereSeparator: { $0 == ASCII.lineFeed || $0 == ASCII.carriageReturn }) {
            guard let word = line.split(whereSeparator: ASCII.isBlank).first,
                let rule = Self.rule(String(decoding: word, as: UTF8.self))
            else { continue }
            rules.append(rule)
        }
        rules.sort { ($0.name, $0.kind.rawValue) < ($1.name, $1.kind.rawValue) }
        for rule in rules {
            self.starts.append(UInt32(self.octets.count))
            self.kinds.append(rule.kind.rawValue)
            self.octets += rule.name.utf8
        }
        self.starts.append(UInt32(self.octets.count))
    }

    private static func rule(_ word: String) -> (String, Kind)? {
        guard !word.hasPrefix("//") else { return nil }
        let (text, kind): (Substring, Kind) =
            if word.hasPrefix("!") {
                (word.dropFirst(), .exception)
            } else if word.hasPrefix("*.") {
                (word.dropFirst(2), .wildcard)
            } else {
                (word[...], .suffix)
            }
        guard let name = DNSName(international: text), name != .root, !name.text.contains("*") else { return nil }
        return (name.text, kind)
    }

    /// The name one label below the longest suffix that `name` ends in; `nil` for a name that is a suffix itself.
    ///
    /// A top-level name that the list does not know is a suffix.
    package func organizationalDomain(of name: DNSName) -> DNSName? {
        let labels = self.suffixLabels(of: name)
        return name.labelsCount > labels ? name.suffix(labels: labels + 1) : nil
    }

    package func isPublicSuffix(_ name: DNSName) -> Bool {
        self.suffixLabels(of: name) >= name.labelsCount
    }

    /// How many labels the longest suffix has.
    private func suffixLabels(of name: DNSName) -> Int {
        let bytes = name.text.utf8.span
        var longest = 1
        var labels = 0
        var start = bytes.count
        // From the right: each name that the labels so far make.
        while start > 0 {
            repeat { start -= 1 } while start >= 0 && bytes[start] != ASCII.dot
            start += 1
            labels += 1
            var index = self.firstIndex(notBefore: bytes, start)
            while index < self.kinds.count, self.order(index, bytes, start) == 0 {
                switch Kind(rawValue: self.kinds[index]) {
                case .suffix: longest = max(longest, labels)
                case .wildcard: if start > 0 { longest = max(longest, labels + 1) }
                case .exception: return labels - 1
                case nil: break
                }
                index += 1
            }
            start -= 1
        }
        return longest
    }

    /// The first rule whose name does not come before the one that starts there.
    private func firstIndex(notBefore name: Span<UInt8>, _ start: Int) -> Int {
        var low = 0
        var high = self.kinds.count
        while low < high {
            let middle = (low + high) / 2
            if self.order(middle, name, start) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Below 0 when the rule's name comes before the one that starts there, 0 when it is the same.
    private func order(_ index: Int, _ name: Span<UInt8>, _ start: Int) -> Int {
        let first = Int(self.starts[index])
        let count = Int(self.starts[index + 1]) - first
        let rest = name.count - start
        for offset in 0..<min(count, rest) {
            let (ours, theirs) = (self.octets[first + offset], name[start + offset])
            if ours != theirs { return ours < theirs ? -1 : 1 }
        }
        return count - rest
    }
}
