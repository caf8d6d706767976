internal import NIOCore

/// What a file of tests keeps while it runs.
final class SieveTestState {
    struct Stored {
        var bytes: ByteBuffer
        var flags: [String] = []
        var sender = ""
        var recipient = ""
    }

    let files: any SieveTestFiles
    /// The folder of the file of tests, with a `/` at its end; empty for the top.
    let folder: String
    var report = SieveTestReport()
    /// How scripts are compiled and run from now on.
    var compiler = SieveCompiler()
    /// Settings by their names, which a reload brings in force.
    var settings: [String: String] = [:]
    /// The script compiled last.
    var program: SieveProgram?
    /// What was wrong with the last script, as it was compiled, run or its result carried out.
    var errors: [String] = []
    /// What the script run last came to; `nil` when the file's own commands count.
    var result: SieveResult?
    /// Which actions were carried out already.
    var executedCount = 0
    let world = SieveTestWorld()
    var outbox: [Stored] = []

    init(files: any SieveTestFiles, path: String) {
        self.files = files
        self.folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        self.compiler.knowsTestLanguage = true
        self.world.files = files
        self.world.folder = self.folder
        self.world.compiler = self.compiler
    }

    /// Brings changed settings in force.
    func reload(_ run: SieveRun) {
        TestSettings(self.settings).apply(to: &self.compiler)
        self.world.compiler = self.compiler
        self.world.spamHeader = TestSettings(self.settings).filterHeader("spamtest", scale: 10)
        self.world.virusHeader = TestSettings(self.settings).filterHeader("virustest", scale: 5)
        self.world.message = { [unowned run] in run.message.bytes }
        run.settings = self.compiler.settings
        let steps = run.limits.stepsMax
        run.limits = self.compiler.limits
        run.limits.stepsMax = steps
    }
}

/// The world of a file of tests: mailboxes in memory, scripts beside the file.
final class SieveTestWorld: SieveWorld {
    var files: (any SieveTestFiles)?
    var folder = ""
    var compiler = SieveCompiler()
    var folders: [String: [SieveTestState.Stored]] = ["INBOX": []]
    var annotations: [String: String] = [:]
    var seen: Set<SieveDuplicateMark> = []
    var spamHeader: SieveFilterHeader?
    var virusHeader: SieveFilterHeader?
    /// The message that the verdicts are read from.
    var message: (() -> ByteBuffer)?

    var spamVerdict: SieveFilterVerdict? { self.verdict(self.spamHeader) }
    var virusVerdict: SieveFilterVerdict? { self.verdict(self.virusHeader) }

    private func verdict(_ header: SieveFilterHeader?) -> SieveFilterVerdict? {
        guard let header, let message = self.message?() else { return nil }
        return header.verdict(on: message)
    }

    static func key(_ mailbox: String) -> String { SieveMailboxName.canonical(mailbox) }

    func environment(_ item: String) -> String? {
        switch item {
        case "name": "Martlet"
        case "version": "1"
        case "domain": "example.com"
        case "host": "host.example.com"
        case "location": "MDA"
        case "phase": "during"
        case "remote-host", "remote-ip": ""
        default: nil
        }
    }

    func mailboxExists(_ mailbox: String) -> Bool { self.folders[Self.key(mailbox)] != nil }

    func metadata(_ annotation: String, of mailbox: String?) -> String? {
        self.annotations["\(mailbox.map(Self.key) ?? "") \(annotation)"]
    }

    func mailbox(withID id: String) -> String? { nil }
    func hasSpecialUse(_ use: String, mailbox: String?) -> Bool { false }
    func isDuplicate(_ mark: SieveDuplicateMark) -> Bool {
        self.seen.contains { $0.handle == mark.handle && $0.identity == mark.identity }
    }
    func isListed(_ value: String, in list: String, by comparator: SieveComparator) -> Bool? { nil }
    func notificationCapability(_ capability: String, of method: String) -> String? { nil }

    func script(named name: String, at location: SieveScriptLocation) -> SieveProgram? {
        let place = location == .global ? "included-global" : "included"
        let file = name.hasSuffix(".sieve") ? name : "\(name).sieve"
        guard let script = self.files?.read("\(self.folder)\(place)/\(file)") else { return nil }
        return self.compiler.compile(script, name: name).program
    }
}

/// The settings of the test language that mean something here.
struct TestSettings {
    private let settings: [String: String]

    init(_ settings: [String: String]) {
        self.settings = settings
    }

    /// What a second of processor time is taken for.
    private static let stepsPerSecond = 5_000_000

    func apply(to compiler: inout SieveCompiler) {
        var (limits, site) = (SieveLimits(), SieveSettings())
        limits.redirectsMax = self.number("sieve_max_redirects") ?? limits.redirectsMax
        limits.actionsMax = self.number("sieve_max_actions") ?? limits.actionsMax
        limits.variableOctetsMax = self.number("sieve_variables_max_variable_size") ?? limits.variableOctetsMax
        limits.includesMax = self.number("sieve_include_max_includes") ?? limits.includesMax
        limits.includeNestingMax = self.number("sieve_include_max_nesting_depth") ?? limits.includeNestingMax
        limits.headerFieldOctetsMax = self.number("sieve_editheader_max_header_size") ?? limits.headerFieldOctetsMax
        if let seconds = self.number("sieve_max_cpu_time") { limits.stepsMax = seconds * Self.stepsPerSecond }
        if let seconds = self.number("sieve_vacation_min_period") { limits.vacationSecondsMin = UInt64(seconds) }
        site.detailSeparators = self.settings["recipient_delimiter"] ?? site.detailSeparators
        site.ownerAddress = self.settings["sieve_user_email"]
        site.redirectSender = self.sender("sieve_redirect_envelope_from") ?? site.redirectSender
        site.notifySender = self.sender("sieve_notify_mailto_envelope_from")
        site.protectedFields = self.words("sieve_editheader_protected") ?? []
        site.protectedFields.formUnion(self.words("sieve_editheader_forbid_add") ?? [])
        site.vacationSubject = self.settings["sieve_vacation_default_subject"] ?? site.vacationSubject
        let template = self.settings["sieve_vacation_default_subject_template"] ?? ""
        site.vacationSubjectTemplate = template.isEmpty ? site.vacationSubjectTemplate : template
        site.vacationKnowsOriginalRecipient = self.settings["sieve_vacation_use_original_recipient"] == "yes"
        site.vacationChecksRecipient = self.settings["sieve_vacation_dont_check_recipient"] != "yes"
        let subjectMax = self.number("sieve_vacation_max_subject_codepoints")
        limits.vacationSubjectCharactersMax = subjectMax ?? limits.vacationSubjectCharactersMax
        site.undeletableFields = self.words("sieve_editheader_forbid_delete") ?? []
        (compiler.limits, compiler.settings) = (limits, site)
    }

    /// How a filter's verdict is read.
    func filterHeader(_ test: String, scale: Int) -> SieveFilterHeader? {
        guard let status = self.settings["sieve_\(test)_status_header"].flatMap(SieveFilterHeader.Source.init) else {
            return nil
        }
        var header = SieveFilterHeader(status: status, kind: .score)
        switch self.settings["sieve_\(test)_status_type"] {
        case "strlen": header.kind = .length
        case "text", "yesno":
            var words: [String: Int] = [:]
            for value in 0...scale {
                if let word = self.settings["sieve_\(test)_text_value\(value)"] { words[word] = value }
            }
            header.kind = .words(words, scale: scale)
        default: break
        }
        header.max = self.settings["sieve_\(test)_max_value"].flatMap(Double.init)
        header.maxSource = self.settings["sieve_\(test)_max_header"].flatMap(SieveFilterHeader.Source.init)
        return header
    }

    /// A number with a unit behind it: `2s`, `1024`, `4k`.
    private func number(_ name: String) -> Int? {
        guard let text = self.settings[name] else { return nil }
        guard let value = Int(text.prefix { $0.isNumber }) else { return nil }
        switch text.drop(while: { $0.isNumber }).first {
        case "k", "K": return value * 1_024
        case "m": return value * 60
        case "h": return value * 3_600
        case "d": return value * 86_400
        default: return value
        }
    }

    private func words(_ name: String) -> Set<String>? {
        self.settings[name].map { text in Set(text.lowercased().split(separator: " ").map(String.init)) }
    }

    private func sender(_ name: String) -> SieveSettings.RedirectSender? {
        guard let text = self.settings[name] else { return nil }
        let word = String(decoding: HeaderIndex.trimmed(Array(text.utf8)), as: UTF8.self)
        switch word {
        case "sender": return .sender
        case "recipient": return .recipient
        case "orig_recipient": return .originalRecipient
        case "user_email": return self.settings["sieve_user_email"] == nil ? .recipient : .owner
        case let word where word.hasPrefix("<"): return .address(String(word.dropFirst().dropLast()))
        default: return nil
        }
    }
}
