import SieveLanguage

/// A world that knows about names what can be seen in them, so that a script may get any answer and the same each time.
struct SieveWorldOfWords: SieveWorld {
    /// What `include` finds under any name.
    private let included: SieveProgram?

    let spamVerdict: SieveFilterVerdict? = SieveFilterVerdict(score: 3, max: 5)
    let virusVerdict: SieveFilterVerdict? = SieveFilterVerdict(score: 0.5, max: 1)

    init(limits: SieveLimits) {
        let script = """
            require ["include", "variables", "imap4flags", "fileinto"];
            global ["a"]; set "b" "${a}x";
            if string :matches "${a}" "*l" { include :once "again"; return; }
            addflag "\\\\Flagged"; fileinto "${b}";
            """
        self.included = SieveCompiler(limits: limits).compile(Array(script.utf8), name: "included").program
    }

    func environment(_ item: String) -> String? { item.hasPrefix("n") ? "example.org" : nil }
    func mailboxExists(_ mailbox: String) -> Bool { Self.isEven(mailbox) }
    func metadata(_ annotation: String, of mailbox: String?) -> String? {
        Self.isEven(annotation) ? mailbox ?? "x" : nil
    }
    func mailbox(withID id: String) -> String? { Self.isEven(id) ? "Box" : nil }
    func hasSpecialUse(_ use: String, mailbox: String?) -> Bool { Self.isEven(use) }
    func isDuplicate(_ mark: SieveDuplicateMark) -> Bool { mark.identity.count.isMultiple(of: 2) }
    func isListed(_ value: String, in list: String, by comparator: SieveComparator) -> Bool? {
        list.hasPrefix("tag:") ? Self.isEven(value) : nil
    }
    func script(named name: String, at location: SieveScriptLocation) -> SieveProgram? {
        name.hasPrefix("none") ? nil : self.included
    }
    func notificationCapability(_ capability: String, of method: String) -> String? {
        Self.isEven(method) ? "yes" : nil
    }

    private static func isEven(_ name: String) -> Bool { name.utf8.count.isMultiple(of: 2) }
}
