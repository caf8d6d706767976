internal import MIME

/// vacation (RFC 5230) and vacation-seconds (RFC 6131), whole.
///
/// Here is decided whether an answer may be sent as far as the message tells (``VacationRules``); how often is
/// asked of the store by ``SieveVacation/mark`` when the action is carried out. ``VacationAnswer`` writes the
/// message.
///
/// Limits: ``SieveLimits/vacationSecondsMin``, ``SieveLimits/vacationSecondsDefault``,
/// ``SieveLimits/vacationSecondsMax``.
enum VacationExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "vacation",
            capabilities: [.vacation],
            parameters: [.string("reason")],
            tags: [
                TagRule("days", value: .number, group: "period"),
                TagRule("seconds", .vacationSeconds, value: .number, group: "period"),
                TagRule("subject", value: .string),
                TagRule("from", value: .string),
                TagRule("addresses", value: .list),
                TagRule("mime"),
                TagRule("handle", value: .string),
            ],
            builder: .command(VacationCommand.init)
        )
    ])
}

/// Tells the sender that the owner is away.
package struct SieveVacation: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case answer
        /// No answer, and why.
        case withhold(String)
    }

    package var verdict: Verdict
    /// The text, or with ``isMIME`` a whole MIME part with its header.
    package var reason: String
    package var isMIME: Bool
    /// Who is answered: the envelope's sender.
    package var recipient: String
    /// The same as the answer's To field has it, with the name the sender gives himself.
    package var to: String
    /// As a From field has it; `nil` for the owner's address.
    package var from: String?
    /// The owner's address at which the message came.
    package var owner: String
    package var subject: String
    /// What is remembered so that nobody is answered too often.
    package var mark: SieveDuplicateMark
    package var fcc: SieveFileInto?
    /// For the answer's In-Reply-To and References; angle brackets included.
    package var messageID: String?
    package var references: String?
    /// Whether the script wanted another ``from``, which is none of the owner's addresses.
    package var overrulesFrom = false
}

final class VacationCommand: CheckedCommand {
    let position: SievePosition
    private let reason: SieveText
    private let seconds: UInt64?
    private let subject: SieveText?
    private let from: SieveText?
    private let addresses: [SieveText]
    private let isMIME: Bool
    private let handle: SieveText?
    private let fcc: FileIntoTarget?
    var name: String { "vacation" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.reason = checker.text(call.string(0))
        self.seconds =
            call.number(tag: "seconds")
            ?? call.number(tag: "days").map { $0.multipliedReportingOverflow(by: 86_400) }
            .map { $0.overflow ? UInt64.max : $0.partialValue }
        self.subject = call.string(tag: "subject").map(checker.text)
        self.from = call.string(tag: "from").map(checker.text)
        self.addresses = checker.texts(call.strings(tag: "addresses") ?? [])
        self.isMIME = call.has("mime")
        self.handle = call.string(tag: "handle").map(checker.text)
        guard let fcc = FCCExtension.target(call, checker) else { return nil }
        self.fcc = fcc
        guard VacationCommand.isAddress(self.from, checker) else { return nil }
        for address in self.addresses where !VacationCommand.isAddress(address, checker) { return nil }
    }

    private static func isAddress(_ text: SieveText?, _ checker: SieveChecker) -> Bool {
        guard let text, let bytes = text.constant, SieveAddress.single(bytes) == nil else { return true }
        let found = String(decoding: bytes, as: UTF8.self)
        checker.error(at: text.position, "'\(found)' is no address: expected one like 'user@example.org'")
        return false
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let from = self.from.map(run.bytes)
        if let from, SieveAddress.single(from) == nil {
            throw run.error(.value, quoting: String(decoding: from, as: UTF8.self)) { "':from' is no address: \($0)" }
        }
        let reason = run.bytes(self.reason)
        let subject = self.subject.map(run.bytes)
        let identity = self.handle.map(run.bytes) ?? Self.identity([subject ?? [], from ?? [], reason])
        let limits = run.limits
        let seconds = min(
            max(self.seconds ?? limits.vacationSecondsDefault, limits.vacationSecondsMin),
            limits.vacationSecondsMax
        )
        let sender = run.situation.envelope.sender
        let rules = VacationRules(run, addresses: self.addresses.map(run.bytes))
        let verdict = rules.verdict()
        let isFollowed = from.map(run.mayWrite) ?? true
        let action = SieveVacation(
            verdict: verdict,
            reason: String(decoding: reason, as: UTF8.self),
            isMIME: self.isMIME,
            recipient: sender,
            to: Self.mailbox(of: sender, run),
            from: isFollowed ? from.map { String(decoding: $0, as: UTF8.self) } : nil,
            owner: Self.owner(rules, run),
            subject: Self.subject(subject, run),
            mark: SieveDuplicateMark(
                handle: "vacation",
                identity: ASCIIFold.folded(Array(sender.utf8)) + [0] + identity,
                seconds: seconds,
                isRenewed: false
            ),
            fcc: try self.fcc?.action(run),
            messageID: Self.field("message-id", run),
            references: Self.field("references", run) ?? Self.field("in-reply-to", run),
            overrulesFrom: !isFollowed
        )
        if case .withhold(let reason) = verdict { run.note("no vacation answer: \(reason)") }
        try run.plan(.vacation(action), cancelsImplicitKeep: false)
        return .next
    }

    /// What `:addresses` adds is believed to be the owner's when answering, but not written as such.
    private static func owner(_ rules: VacationRules, _ run: SieveRun) -> String {
        guard let matched = rules.matchedOwner else { return run.ownerAddress }
        guard run.settings.writesAsOwnerOnly, let address = SieveAddress.single(Array(matched.utf8)) else {
            return matched
        }
        return OwnAddresses(run).contains(address) ? matched : run.ownerAddress
    }

    private static func identity(_ pieces: [[UInt8]]) -> [UInt8] {
        Array(pieces.joined(separator: [0]))
    }

    private static func field(_ name: String, _ run: SieveRun) -> String? {
        run.message.header.next(HeaderKey(name)).map { place in
            String(decoding: run.message.header.text(at: place), as: UTF8.self)
        }
    }

    /// `Auto: ` and the message's subject, where the script gives none. RFC 5230 §4.3, §5.3.
    private static func subject(_ given: [UInt8]?, _ run: SieveRun) -> String {
        let max = run.limits.vacationSubjectCharactersMax
        if let given { return Self.shortened(HeaderText.decode(given.span), to: max) }
        guard let subject = Self.field("subject", run), !subject.isEmpty else { return run.settings.vacationSubject }
        let template = run.settings.vacationSubjectTemplate
        let name = template.contains("%{subject}") ? "%{subject}" : "%$"
        return Self.shortened(
            template.split(separator: name, omittingEmptySubsequences: false).joined(separator: subject),
            to: max
        )
    }

    private static func shortened(_ text: String, to max: Int) -> String {
        guard text.unicodeScalars.count > max else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(max - 1))) + "…"
    }

    /// How the sender writes himself in the message, where it is the same address; for the answer's To.
    private static func mailbox(of sender: String, _ run: SieveRun) -> String {
        let wanted = ASCIIFold.folded(Array(sender.utf8))
        for name in ["from", "sender", "resent-from", "reply-to"] {
            guard let text = Self.field(name, run), let address = SieveAddress.single(Array(text.utf8)) else {
                continue
            }
            if ASCIIFold.folded(address.all) == wanted { return text }
        }
        return "<\(sender)>"
    }
}
