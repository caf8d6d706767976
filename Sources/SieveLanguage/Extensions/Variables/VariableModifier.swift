internal import MailBytes

/// What `set` does to a value before it is stored; the highest precedence goes first. RFC 5229 §4.1.
enum VariableModifier: String, CaseIterable, Sendable {
    case lower
    case upper
    case lowerFirst = "lowerfirst"
    case upperFirst = "upperfirst"
    case quoteWildcard = "quotewildcard"
    case quoteRegex = "quoteregex"
    case encodeURL = "encodeurl"
    case length

    private var precedence: Int {
        switch self {
        case .lower, .upper: 40
        case .lowerFirst, .upperFirst: 30
        case .quoteWildcard, .quoteRegex: 20
        case .encodeURL: 15
        case .length: 10
        }
    }

    private var capability: SieveCapability? {
        switch self {
        case .quoteRegex: .regex
        case .encodeURL: .enotify
        default: nil
        }
    }

    static let tags = Self.allCases.map { modifier in
        TagRule(modifier.rawValue, modifier.capability, group: "modifier \(modifier.precedence)")
    }

    static func of(_ call: CheckedCall) -> [VariableModifier] {
        Self.allCases.filter { call.has($0.rawValue) }.sorted { $0.precedence > $1.precedence }
    }

    func apply(to value: [UInt8], _ run: SieveRun) -> [UInt8] {
        switch self {
        case .lower: return value.map(ASCII.lowercased)
        case .upper: return value.map(ASCII.uppercased)
        case .lowerFirst: return value.prefix(1).map(ASCII.lowercased) + value.dropFirst()
        case .upperFirst: return value.prefix(1).map(ASCII.uppercased) + value.dropFirst()
        case .quoteWildcard: return Self.quoted(value, "*?\\")
        case .quoteRegex: return RegexExtension.quoted(value)
        case .encodeURL: return Self.percentEncoded(value)
        case .length:
            let characters = value.count { $0 & 0xC0 != 0x80 }
            return Array(String(characters).utf8)
        }
    }

    private static func quoted(_ value: [UInt8], _ special: String) -> [UInt8] {
        var quoted: [UInt8] = []
        for byte in value {
            if special.utf8.contains(byte) { quoted.append(ASCII.backslash) }
            quoted.append(byte)
        }
        return quoted
    }

    private static func percentEncoded(_ value: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        for byte in value {
            if ASCII.isAlphanumeric(byte) || "-._~".utf8.contains(byte) {
                encoded.append(byte)
            } else {
                encoded += [
                    UInt8(ascii: "%"), Hex.digit(byte >> 4, uppercase: true), Hex.digit(byte & 15, uppercase: true),
                ]
            }
        }
        return encoded
    }
}
