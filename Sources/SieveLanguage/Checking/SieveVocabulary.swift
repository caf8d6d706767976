/// All commands, tests and tags there are, the base language's and the extensions'.
struct SieveVocabulary: Sendable {
    static let shared = SieveVocabulary([
        BaseLanguage.words,
        FileIntoExtension.words,
        EnvelopeExtension.words,
        CopyExtension.words,
        BodyExtension.words,
        VariablesExtension.words,
        IMAP4FlagsExtension.words,
        DateExtension.words,
        IndexExtension.words,
        EnvironmentExtension.words,
        IHaveExtension.words,
        DuplicateExtension.words,
        IncludeExtension.words,
        EditHeaderExtension.words,
        MailboxExtension.words,
        MetadataExtension.words,
        MailboxIDExtension.words,
        SpecialUseExtension.words,
        FCCExtension.words,
        SpamTestExtension.words,
        RejectExtension.words,
        VacationExtension.words,
        MIMEPartsExtension.words,
        NotifyExtension.words,
        ExternalListsExtension.words,
        RedirectDSNExtension.words,
        TestLanguage.words,
    ])

    private let commands: [String: CallRule]
    private let tests: [String: CallRule]
    private let tagsByCall: [String: [TagRule]]

    init(_ extensions: [SieveExtension]) {
        var commands: [String: CallRule] = [:]
        var tests: [String: CallRule] = [:]
        var tags: [String: [TagRule]] = [:]
        for words in extensions {
            for call in words.calls {
                if call.isTest { tests[call.name] = call } else { commands[call.name] = call }
            }
            for tag in words.tags {
                for call in tag.calls { tags[call, default: []].append(tag) }
            }
        }
        self.commands = commands
        self.tests = tests
        self.tagsByCall = tags
    }

    /// The command or test of that name, of the wanted kind where there are both.
    func call(_ name: String, isTest: Bool = false) -> CallRule? {
        isTest ? self.tests[name] ?? self.commands[name] : self.commands[name] ?? self.tests[name]
    }

    /// All tags of a call, those included that need a capability.
    func tags(of rule: CallRule) -> [TagRule] {
        var tags = rule.tags + (self.tagsByCall[rule.name] ?? [])
        if rule.takesMatch { tags += SieveChecker.matchTags }
        if rule.takesAddressPart { tags += SieveChecker.addressPartTags }
        return tags
    }

    /// The call's tag of that name that the condition accepts.
    func tag(_ name: String, of rule: CallRule, where accepts: (TagRule) -> Bool = { _ in true }) -> TagRule? {
        self.tags(of: rule).first { $0.name == name && accepts($0) }
    }

    func nearest(to name: String, isTest: Bool, where accepts: (CallRule) -> Bool) -> String? {
        let names = (isTest ? self.tests : self.commands).values.filter(accepts).map(\.name).sorted()
        return DidYouMean.nearest(to: name, in: names)
    }
}
