internal import MailBytes
package import MailTypes

/// An account's keywords and the bits they have in ``FlagSet``. Names are compared without regard to ASCII case.
package struct KeywordTable: Sendable, Hashable {
    /// In the order of their bits, as first spelled.
    package private(set) var names: [String]

    package init(names: [String] = []) {
        self.names = names
    }

    /// The flag of a keyword; `nil` when the account does not have it.
    package func flag(_ name: some StringProtocol) -> FlagSet? {
        self.names.firstIndex { Self.isSame($0, name) }.map { FlagSet.keyword($0) }
    }

    /// The keywords of a set, in the order of their bits.
    package func names(of flags: FlagSet) -> [String] {
        guard flags.rawValue >> 5 != 0 else { return [] }
        return self.names.indices.compactMap { flags.contains(.keyword($0)) ? self.names[$0] : nil }
    }

    /// Every keyword's flag.
    package var allFlags: FlagSet {
        self.names.indices.reduce(into: FlagSet()) { $0.formUnion(.keyword($1)) }
    }

    /// - Parameter index: of a keyword whose place it takes, or behind all.
    mutating func set(_ name: String, at index: Int) {
        if index < self.names.count { self.names[index] = name } else { self.names.append(name) }
    }

    private static func isSame(_ left: String, _ right: some StringProtocol) -> Bool {
        left.utf8.elementsEqual(right.utf8) { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }

    /// `atom` of RFC 9051 §9, which a keyword is; `\` begins system flags only.
    static func isValid(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= MailStoreLimits.keywordOctetsMax else { return false }
        return name.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && !"(){%*\"\\]".utf8.contains(byte)
        }
    }
}
