/// How two strings are compared. RFC 4790 §9; RFC 5051 §2.
package enum SieveComparator: String, CaseIterable, Hashable, Sendable {
    case octet = "i;octet"
    case asciiCasemap = "i;ascii-casemap"
    case asciiNumeric = "i;ascii-numeric"
    case unicodeCasemap = "i;unicode-casemap"

    /// What a script must require to name it; the first two need not be. RFC 5228 §2.7.3.
    var capability: SieveCapability {
        switch self {
        case .octet: .comparatorOctet
        case .asciiCasemap: .comparatorASCIICasemap
        case .asciiNumeric: .comparatorASCIINumeric
        case .unicodeCasemap: .comparatorUnicodeCasemap
        }
    }

    var needsRequire: Bool { self == .asciiNumeric || self == .unicodeCasemap }

    /// Whether a script that names it without require is let pass with a warning, as scripts in use do it.
    var isUnderstoodUnrequired: Bool { self == .unicodeCasemap }

    /// Whether parts of strings can be compared, as `:contains` and `:matches` do.
    var hasSubstrings: Bool { self != .asciiNumeric }

    /// The form in which equal strings are the same bytes.
    func folded(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .octet, .asciiNumeric: bytes
        case .asciiCasemap: ASCIIFold.folded(bytes)
        case .unicodeCasemap: UnicodeFold.folded(bytes)
        }
    }

    func isEqual(_ value: [UInt8], toFolded key: [UInt8]) -> Bool {
        switch self {
        case .octet: value == key
        case .asciiCasemap: ASCIIFold.isEqual(value, toFolded: key)
        case .asciiNumeric: NumericText(value) == NumericText(key)
        case .unicodeCasemap: UnicodeFold.folded(value) == key
        }
    }

    func contains(_ value: [UInt8], folded key: [UInt8]) -> Bool {
        switch self {
        case .octet: ASCIIFold.containsExactly(value, key)
        case .asciiCasemap: ASCIIFold.contains(value, folded: key)
        case .asciiNumeric: false
        case .unicodeCasemap: ASCIIFold.containsExactly(UnicodeFold.folded(value), key)
        }
    }

    /// -1, 0 or 1 as `value` sorts before, with or behind `key`.
    func order(_ value: [UInt8], _ key: [UInt8]) -> Int {
        if self == .asciiNumeric { return NumericText(value).order(NumericText(key)) }
        let (left, right) = (self.folded(value), self.folded(key))
        if left == right { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}

/// The number a string starts with, of any length; a string that starts with no digit is larger than all numbers.
/// RFC 4790 §9.1.1.
struct NumericText: Equatable {
    /// Without leading zeros; `nil` for infinity.
    private let digits: ArraySlice<UInt8>?

    init(_ text: [UInt8]) {
        let all = text.prefix { $0 >= 0x30 && $0 <= 0x39 }
        self.digits = all.isEmpty ? nil : all.drop { $0 == 0x30 }
    }

    func order(_ other: Self) -> Int {
        switch (self.digits, other.digits) {
        case (nil, nil): return 0
        case (nil, _): return 1
        case (_, nil): return -1
        case (let left?, let right?):
            if left.count != right.count { return left.count < right.count ? -1 : 1 }
            if left.elementsEqual(right) { return 0 }
            return left.lexicographicallyPrecedes(right) ? -1 : 1
        }
    }
}
