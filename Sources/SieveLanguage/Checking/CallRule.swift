/// What a command or test is called, takes and becomes: its line in the vocabulary.
struct CallRule: Sendable {
    enum Subtests: Sendable {
        case none
        case one
        case list
    }

    /// How a checked call becomes a node; `nil` when it reported an error itself.
    enum Builder: Sendable {
        case command(@Sendable (CheckedCall, SieveChecker) -> (any CheckedCommand)?)
        case test(@Sendable (CheckedCall, SieveChecker) -> (any CheckedTest)?)
    }

    let name: String
    /// Capabilities of which one must be required; empty for the base language.
    var capabilities: [SieveCapability] = []
    var parameters: [CallParameter] = []
    /// How many of the first parameters may be left out.
    var optionalCount = 0
    /// How many of the last ones.
    var trailingOptionalCount = 0
    /// Whether it takes `:comparator` and a match type.
    var takesMatch = false
    /// Whether it takes `:all`, `:localpart`, `:domain`.
    var takesAddressPart = false
    var subtests = Subtests.none
    var takesBlock = false
    /// Tags that are its own and need no capability more.
    var tags: [TagRule] = []
    let builder: Builder

    var isTest: Bool {
        if case .test = self.builder { true } else { false }
    }

    /// "the header test", "the keep command".
    var title: String { "the \(self.name) \(self.isTest ? "test" : "command")" }
}

/// An argument that is told by its place.
struct CallParameter: Sendable {
    enum Kind: Sendable {
        case string
        /// A string or a list.
        case list
        case number
    }

    /// As messages call it.
    let name: String
    let kind: Kind

    static func string(_ name: String) -> Self { Self(name: name, kind: .string) }
    static func list(_ name: String) -> Self { Self(name: name, kind: .list) }
    static func number(_ name: String) -> Self { Self(name: name, kind: .number) }

    func accepts(_ argument: SyntaxArgument) -> Bool {
        switch (self.kind, argument.value) {
        case (.string, .string), (.list, .string), (.list, .list), (.number, .number): true
        default: false
        }
    }
}

extension CallParameter.Kind {
    var title: String {
        switch self {
        case .string: "a string"
        case .list: "a string list"
        case .number: "a number"
        }
    }
}

/// A tag, what follows it and where it may stand.
struct TagRule: Sendable {
    let name: String
    var capability: SieveCapability?
    /// Names of the commands and tests it belongs to; empty where the rule that lists it says so.
    var calls: [String] = []
    /// What follows it.
    var value: CallParameter.Kind?
    /// Of tags of one group a call has at most one.
    var group: String?

    init(
        _ name: String,
        _ capability: SieveCapability? = nil,
        on calls: [String] = [],
        value: CallParameter.Kind? = nil,
        group: String? = nil
    ) {
        self.name = name
        self.capability = capability
        self.calls = calls
        self.value = value
        self.group = group
    }
}

/// What an extension adds to the language.
struct SieveExtension: Sendable {
    var calls: [CallRule] = []
    /// Tags it adds to commands and tests of others.
    var tags: [TagRule] = []
}
