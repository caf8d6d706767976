/// A regular expression as it is written.
indirect enum RegexTree: Sendable {
    case empty
    case character(UInt32)
    case anyCharacter
    case set(RegexSet)
    case sequence([RegexTree])
    case choice([RegexTree])
    /// `max` is `nil` for no bound.
    case repeated(RegexTree, min: Int, max: Int?)
    /// What matches is remembered under a number from 1.
    case group(RegexTree, number: Int)
    case start
    case end
    case wordEdge(isWanted: Bool)
}

/// A bracket expression, or a class such as `\w`.
struct RegexSet: Hashable, Sendable {
    enum CharacterClass: String, Hashable, Sendable, CaseIterable {
        case alnum
        case alpha
        case blank
        case cntrl
        case digit
        case graph
        case lower
        case print
        case punct
        case space
        case upper
        case xdigit
        case word
    }

    var ranges: [ClosedRange<UInt32>] = []
    var classes: [CharacterClass] = []
    var excluded: [CharacterClass] = []
    var isNegated = false
    /// Whether upper and lower case are the same.
    var ignoresCase = false

    func contains(_ character: UInt32) -> Bool {
        var isIn = self.holds(character)
        if !isIn, self.ignoresCase, let other = RegexCase.other(character) { isIn = self.holds(other) }
        return isIn != self.isNegated
    }

    private func holds(_ character: UInt32) -> Bool {
        self.ranges.contains { $0.contains(character) } || self.classes.contains { $0.contains(character) }
            || self.excluded.contains { !$0.contains(character) }
    }
}

extension RegexSet.CharacterClass {
    func contains(_ character: UInt32) -> Bool {
        guard character >= 0x80 else { return self.containsASCII(UInt8(character)) }
        guard let properties = Unicode.Scalar(character)?.properties else { return false }
        switch self {
        case .alnum: return properties.isAlphabetic || properties.numericType != nil
        case .alpha: return properties.isAlphabetic
        case .word: return properties.isAlphabetic || properties.numericType != nil
        case .lower: return properties.isLowercase
        case .upper: return properties.isUppercase
        case .space: return properties.isWhitespace
        case .graph: return !properties.isWhitespace
        case .print: return true
        case .punct: return !properties.isAlphabetic && !properties.isWhitespace
        case .blank, .cntrl, .digit, .xdigit: return false
        }
    }

    private func containsASCII(_ byte: UInt8) -> Bool {
        let isUpper = byte >= 0x41 && byte <= 0x5A
        let isLower = byte >= 0x61 && byte <= 0x7A
        let isDigit = byte >= 0x30 && byte <= 0x39
        switch self {
        case .alnum: return isUpper || isLower || isDigit
        case .alpha: return isUpper || isLower
        case .blank: return byte == 0x20 || byte == 0x09
        case .cntrl: return byte < 0x20 || byte == 0x7F
        case .digit: return isDigit
        case .graph: return byte > 0x20 && byte < 0x7F
        case .lower: return isLower
        case .print: return byte >= 0x20 && byte < 0x7F
        case .punct: return byte > 0x20 && byte < 0x7F && !(isUpper || isLower || isDigit)
        case .space: return byte == 0x20 || byte >= 0x09 && byte <= 0x0D
        case .upper: return isUpper
        case .xdigit: return isDigit || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66 && byte >= 0x41
        case .word: return isUpper || isLower || isDigit || byte == 0x5F
        }
    }
}

/// Upper and lower case of single characters.
enum RegexCase {
    static func folded(_ character: UInt32) -> UInt32 {
        if character < 0x80 { return character >= 0x41 && character <= 0x5A ? character | 0x20 : character }
        return Self.only(Unicode.Scalar(character)?.properties.lowercaseMapping) ?? character
    }

    /// The upper case of a character in lower case.
    static func other(_ character: UInt32) -> UInt32? {
        if character < 0x80 { return character >= 0x61 && character <= 0x7A ? character & 0xDF : nil }
        return Self.only(Unicode.Scalar(character)?.properties.uppercaseMapping)
    }

    private static func only(_ mapping: String?) -> UInt32? {
        guard let scalars = mapping?.unicodeScalars, scalars.count == 1 else { return nil }
        return scalars.first?.value
    }
}
