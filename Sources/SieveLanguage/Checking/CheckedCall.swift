/// A command or test whose arguments are found right and sorted.
struct CheckedCall {
    let name: String
    let title: String
    let position: SievePosition
    /// Tags and the arguments behind them, by name.
    var tags: [String: SyntaxArgument?] = [:]
    /// By place; `nil` where an optional one was left out.
    var arguments: [SyntaxArgument?] = []
    var match = MatchRule()
    var addressPart = AddressPart.all
    var tests: [any CheckedTest] = []
    var block = CheckedBlock()

    func has(_ tag: String) -> Bool { self.tags[tag] != nil }

    /// The strings of an argument; one for a string.
    func strings(_ place: Int) -> [SyntaxString] {
        self.arguments[place].map(Self.strings) ?? []
    }

    func string(_ place: Int) -> SyntaxString {
        self.strings(place).first ?? SyntaxString(bytes: [], position: self.position)
    }

    func number(_ place: Int) -> UInt64 {
        if case .number(let number) = self.arguments[place]?.value { number } else { 0 }
    }

    func strings(tag: String) -> [SyntaxString]? {
        (self.tags[tag] ?? nil).map(Self.strings)
    }

    func string(tag: String) -> SyntaxString? {
        self.strings(tag: tag)?.first
    }

    func number(tag: String) -> UInt64? {
        if case .number(let number) = (self.tags[tag] ?? nil)?.value { number } else { nil }
    }

    private static func strings(_ argument: SyntaxArgument) -> [SyntaxString] {
        switch argument.value {
        case .string(let string): [string]
        case .list(let strings): strings
        case .number, .tag: []
        }
    }
}

/// Which part of an address a test looks at. RFC 5228 §2.7.4; RFC 5233 §4.
enum AddressPart: String, Hashable, Sendable {
    case all
    case localPart = "localpart"
    case domain
    case user
    case detail
}
