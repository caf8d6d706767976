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

    /// - Parameter max: octets that the result may have; escapes are not cut in two.
    func apply(to value: [UInt8], max: Int) -> [UInt8] {
        switch self {
        case .lower: return value.map(ASCII.lowercased)
        case .upper: return value.map(ASCII.uppercased)
        case .lowerFirst: return value.prefix(1).map(ASCII.lowercased) + value.dropFirst()
        case .upperFirst: return value.prefix(1).map(ASCII.uppercased) + value.dropFirst()
        case .quoteWildcard: return Self.quoted(value, "*?\\", max: max)
        case .quoteRegex: return Self.quoted(value, RegexExtension.specialCharacters, max: max)
        case .encodeURL: return Self.percentEncoded(value, max: max)
        case .length:
            let characters = value.count { $0 & 0xC0 != 0x80 }
            return Array(String(characters).utf8)
        }
    }

    private static func quoted(_ value: [UInt8], _ special: String, max: Int) -> [UInt8] {
        var quoted: [UInt8] = []
        for byte in value {
            let isSpecial = special.utf8.contains(byte)
            guard quoted.count + (isSpecial ? 2 : 1) <= max else { break }
            if isSpecial { quoted.append(ASCII.backslash) }
            quoted.append(byte)
        }
        return quoted
    }

    /// Characters are encoded whole or not at all.
    private static func percentEncoded(_ value: [UInt8], max: Int) -> [UInt8] {
        var encoded: [UInt8] = []
        var index = 0
        while index < value.count {
            let (_, length) = UTF8Reader.scalar(in: value, at: index)
            var character: [UInt8] = []
            for byte in value[index..<index + length] {
                if ASCII.isAlphanumeric(byte) || "-._~".utf8.contains(byte) {
                    character.append(byte)
                } else {
                    let digits = [Hex.digit(byte >> 4, uppercase: true), Hex.digit(byte & 15, uppercase: true)]
                    character += [UInt8(ascii: "%")] + digits
                }
            }
            guard encoded.count + character.count <= max else { break }
            encoded += character
            index += length
        }
        return encoded
    }
}
