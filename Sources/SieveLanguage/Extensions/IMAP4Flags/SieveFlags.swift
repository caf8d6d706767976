internal import MailBytes

/// A set of flags in the order they were named, case ignored. RFC 5232 §2.
struct SieveFlags: Sendable {
    private(set) var names: [String] = []
    /// Whether the script said anything about flags.
    var isTouched = false

    init() {}

    init(_ names: [String]) {
        for name in names { self.add(Array(name.utf8), max: names.count) }
    }

    /// What actions without flags of their own get.
    var forActions: [String]? { self.isTouched || !self.names.isEmpty ? self.names : nil }

    /// As a variable holds it.
    var text: [UInt8] { Array(self.names.joined(separator: " ").utf8) }

    /// Adds the flags in a string, which blanks separate; what is no flag is passed over.
    mutating func add(_ text: [UInt8], max: Int) {
        for word in Self.split(text) {
            guard let flag = Self.flag(word), !self.contains(flag), self.names.count < max else { continue }
            self.names.append(flag)
        }
    }

    mutating func add(_ other: SieveFlags, max: Int) {
        for name in other.names where !self.contains(name) && self.names.count < max { self.names.append(name) }
    }

    mutating func remove(_ other: SieveFlags) {
        self.names.removeAll(where: other.contains)
    }

    private func contains(_ name: String) -> Bool {
        self.names.contains { $0.lowercased() == name.lowercased() }
    }

    static func split(_ text: [UInt8]) -> [[UInt8]] {
        text.split { ASCII.isBlank($0) || $0 == 0x0D || $0 == 0x0A }.map(Array.init)
    }

    private static let systemFlags = ["\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen"]

    /// The flag as it is written to a mailbox; `nil` for what is none, `\Recent` included. RFC 9051 §2.3.2.
    private static func flag(_ word: [UInt8]) -> String? {
        let text = String(decoding: word, as: UTF8.self)
        if word.first == ASCII.backslash {
            return Self.systemFlags.first { $0.lowercased() == text.lowercased() }
        }
        let isAtom = word.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && !"(){%*\"\\]".utf8.contains(byte)
        }
        return isAtom ? text : nil
    }
}

/// Flags as a script names them; those without variables are read when the script is compiled.
struct FlagTexts: Sendable {
    private let texts: [SieveText]
    /// `nil` where one has a variable in it.
    private let ready: SieveFlags?

    init(_ strings: [SyntaxString], _ checker: SieveChecker) {
        self.texts = checker.texts(strings)
        var flags = SieveFlags()
        for text in self.texts {
            guard let bytes = text.constant else {
                self.ready = nil
                return
            }
            flags.add(bytes, max: checker.limits.flagsMax)
        }
        self.ready = flags
    }

    func flags(_ run: SieveRun) -> SieveFlags {
        if let ready = self.ready { return ready }
        var flags = SieveFlags()
        for text in self.texts { flags.add(run.bytes(text), max: run.limits.flagsMax) }
        return flags
    }
}

/// `:flags` of keep and fileinto. RFC 5232 §5.
struct FlagsArgument: Sendable {
    private let texts: FlagTexts

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        guard let strings = call.strings(tag: "flags") else { return nil }
        self.texts = FlagTexts(strings, checker)
    }

    func flags(_ run: SieveRun) -> [String] { self.texts.flags(run).names }
}
