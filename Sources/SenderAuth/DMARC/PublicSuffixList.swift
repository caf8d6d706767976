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
        return name.labels.count > labels ? name.suffix(labels: labels + 1) : nil
    }

    package func isPublicSuffix(_ name: DNSName) -> Bool {
        self.suffixLabels(of: name) >= name.labels.count
    }

    /// How many labels the longest suffix has.
    private func suffixLabels(of name: DNSName) -> Int {
        let bytes = Array(name.text.utf8)
        var longest = 1
        var labels = 0
        var start = bytes.count
        // From the right: each name that the labels so far make.
        while start > 0 {
            start = (bytes[..<start].lastIndex(of: ASCII.dot) ?? -1) + 1
            labels += 1
            for kind in self.kinds(of: bytes[start...]) {
                switch kind {
                case .suffix: longest = max(longest, labels)
                case .wildcard: if start > 0 { longest = max(longest, labels + 1) }
                case .exception: return labels - 1
                }
            }
            start -= 1
        }
        return longest
    }

    private func kinds(of name: ArraySlice<UInt8>) -> [Kind] {
        var low = 0
        var high = self.kinds.count
        while low < high {
            let middle = (low + high) / 2
            if self.name(middle).lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
        }
        var found: [Kind] = []
        while low < self.kinds.count, self.name(low) == name {
            if let kind = Kind(rawValue: self.kinds[low]) { found.append(kind) }
            low += 1
        }
        return found
    }

    private func name(_ index: Int) -> ArraySlice<UInt8> {
        self.octets[Int(self.starts[index])..<Int(self.starts[index + 1])]
    }
}
