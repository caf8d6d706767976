/// How a test compares values with keys: match type and comparator. RFC 5228 §2.7.
struct MatchRule: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case `is`
        case contains
        case matches
        /// A POSIX extended regular expression.
        case regex
        /// Each value against each key, by the comparator's order. RFC 5231 §4.1.
        case value(Relation)
        /// How many values there are. RFC 5231 §4.2.
        case count(Relation)
        /// Whether a value is in an external list; the keys are names of lists. RFC 6134 §2.2.
        case list
    }

    var kind = Kind.is
    var comparator = SieveComparator.asciiCasemap
}

/// A key made ready for its match rule.
enum PreparedKey: Sendable {
    /// As it is, or folded as the comparator wants it.
    case bytes([UInt8])
    indirect case glob(GlobPattern)
    indirect case regex(RegexProgram)
}

/// A test's list of keys; those without variables are made ready when the script is compiled.
struct SieveKeys: Sendable {
    enum Key: Sendable {
        case ready(PreparedKey)
        case text(SieveText)
    }

    let keys: [Key]
    let texts: [SieveText]
    /// All keys, where none has a variable in it.
    let ready: [PreparedKey]?

    init(keys: [Key], texts: [SieveText]) {
        self.keys = keys
        self.texts = texts
        let ready = keys.compactMap { key -> PreparedKey? in
            if case .ready(let prepared) = key { prepared } else { nil }
        }
        self.ready = ready.count == keys.count ? ready : nil
    }
}

extension MatchRule {
    /// Makes a key ready.
    ///
    /// - Throws: When it is no regular expression.
    func prepare(_ key: [UInt8], limits: SieveLimits) throws(RegexSyntaxError) -> PreparedKey {
        switch self.kind {
        case .is, .contains:
            return .bytes(self.comparator.folded(key))
        case .value, .count, .list:
            return .bytes(key)
        case .matches:
            return .glob(GlobPattern(key, comparator: self.comparator))
        case .regex:
            return .regex(try RegexProgram(key, comparator: self.comparator, limits: limits))
        }
    }
}
