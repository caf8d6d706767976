internal import MailBytes

/// Where a variable's value is kept.
enum SieveVariableReference: Hashable, Sendable {
    /// In the script's own frame, by number.
    case local(Int)
    /// With all included scripts. RFC 6609 §3.4.
    case global(String)

    /// A value cut to a size without cutting a character in two.
    static func cut(_ value: [UInt8], to octets: Int) -> [UInt8] {
        Array(value.prefix(UTF8Text.wholeCharacters(value.span, limit: octets)))
    }
}

/// The variables of one script, as it is checked.
struct VariableTable {
    /// By number.
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]
    private var globals: Set<String> = []

    /// - Parameter name: in lower case.
    /// - Returns: `nil` when there would be too many.
    mutating func reference(_ name: String, max: Int) -> SieveVariableReference? {
        if self.globals.contains(name) { return .global(name) }
        if let number = self.numbers[name] { return .local(number) }
        guard self.names.count < max else { return nil }
        self.numbers[name] = self.names.count
        self.names.append(name)
        return .local(self.names.count - 1)
    }

    /// Makes a variable global from here on.
    ///
    /// - Returns: Whether that could be done: it was not used as a local one before.
    mutating func makeGlobal(_ name: String) -> Bool {
        guard self.numbers[name] == nil else { return false }
        self.globals.insert(name)
        return true
    }

    /// `identifier` of RFC 5228 §8.1.
    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !ASCII.isDigit(first), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    /// `space.name`.
    static func namespace(of name: String) -> (space: String, name: String)? {
        guard let dot = name.firstIndex(of: ".") else { return nil }
        return (String(name[..<dot]), String(name[name.index(after: dot)...]))
    }
}
