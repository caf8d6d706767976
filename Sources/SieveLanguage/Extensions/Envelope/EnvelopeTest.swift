internal import MailTypes

/// envelope (RFC 5228 §5.4), envelope-dsn and envelope-deliverby (RFC 6009 §4, §6), whole; beside `from` and `to` the
/// vendor's parts `auth` and `orig_to` are known.
///
/// Limits: none of its own.
enum EnvelopeExtension {
    static let words = SieveExtension(
        calls: [
            CallRule(
                name: "envelope",
                capabilities: [.envelope],
                parameters: [.list("envelope parts"), .list("key list")],
                takesMatch: true,
                takesAddressPart: true,
                builder: .test(EnvelopeTest.init)
            )
        ],
        tags: [TagRule("zone", .envelopeDeliverBy, on: ["envelope"], value: .string)]
    )
}

/// Compares what the sending host said before the message.
final class EnvelopeTest: CheckedTest {
    /// What of the envelope can be asked for.
    enum Part: String, CaseIterable {
        case from
        case to
        case auth
        case originalTo = "orig_to"
        case notify
        case orcpt
        case ret
        case envid
        case byTimeAbsolute = "bytimeabsolute"
        case byTimeRelative = "bytimerelative"
        case byMode = "bymode"
        case byTrace = "bytrace"

        var capability: SieveCapability? {
            switch self {
            case .from, .to, .auth, .originalTo: nil
            case .notify, .orcpt, .ret, .envid: .envelopeDSN
            case .byTimeAbsolute, .byTimeRelative, .byMode, .byTrace: .envelopeDeliverBy
            }
        }
    }

    let position: SievePosition
    private let match: MatchRule
    private let part: AddressPart
    private let parts: [SieveText]
    private let keys: SieveKeys
    private let capabilities: Set<SieveCapability>
    /// Of `bytimeabsolute`. RFC 6009 §6.
    private let zone: DateZone
    var name: String { "envelope" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        self.part = call.addressPart
        self.parts = checker.texts(call.strings(0))
        self.keys = checker.keys(call.strings(1), for: call.match)
        self.capabilities = checker.capabilities
        guard let zone = DateZone(call, checker) else { return nil }
        self.zone = zone
        for (text, string) in zip(self.parts, call.strings(0)) {
            guard let bytes = text.constant else { continue }
            guard Self.part(bytes, self.capabilities) != nil else {
                let message = "'\(string.text)' is no part of the envelope: expected 'from' or 'to'"
                checker.error(at: string.position, message)
                return nil
            }
        }
    }

    private static func part(_ name: [UInt8], _ capabilities: Set<SieveCapability>) -> Part? {
        let name = String(decoding: ASCIIFold.folded(name), as: UTF8.self)
        guard let part = Part(rawValue: name), part.capability.map(capabilities.contains) ?? true else { return nil }
        return part
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        // RFC 6785 §4.6.
        guard !run.situation.isMailboxEvent else {
            throw run.error(.conflict, "the envelope of a message that is stored already is not known")
        }
        var session = try MatchSession(self.match, self.keys, run)
        for text in self.parts {
            guard let part = Self.part(run.bytes(text), self.capabilities) else { continue }
            guard let value = self.value(of: part, run) else { continue }
            if try session.feed(value, run) { return true }
        }
        return try session.finish(run)
    }

    private func value(of part: Part, _ run: SieveRun) -> [UInt8]? {
        let envelope = run.situation.envelope
        switch part {
        case .from: return self.address(envelope.sender, run)
        case .to: return self.address(envelope.recipient, run)
        case .originalTo: return self.address(envelope.originalRecipient ?? envelope.recipient, run)
        case .auth: return envelope.authenticated.map { Array($0.utf8) }
        case .orcpt:
            return envelope.parameters[part.rawValue].flatMap { self.originalRecipient($0, run) }
        case .byTimeAbsolute, .byTimeRelative, .byMode, .byTrace:
            return envelope.deliverBy.flatMap { self.value(of: part, $0, run) }
        default: return envelope.parameters[part.rawValue].map { Array($0.utf8) }
        }
    }

    /// What is left of the time is told as the next host would be told it.
    private func value(of part: Part, _ deliverBy: DeliverBy, _ run: SieveRun) -> [UInt8]? {
        let now = run.situation.now
        switch part {
        case .byTimeAbsolute:
            return self.zone.minutes(original: 0, run).map {
                DatePart.iso8601.value(of: deliverBy.deadline, zoneMinutes: $0)
            }
        case .byTimeRelative: return Array(String(deliverBy.request(timeLeft: deliverBy.deadline - now).seconds).utf8)
        case .byMode: return Array((deliverBy.mode == .giveBack ? "Return" : "Notify").utf8)
        default: return Array((deliverBy.isTraced ? "true" : "false").utf8)
        }
    }

    /// `rfc822;alice@example.org` as a whole; the parts of an address are those of what stands behind the type.
    /// RFC 6009 §2.
    private func originalRecipient(_ text: String, _ run: SieveRun) -> [UInt8]? {
        guard self.part != .all else { return Array(text.utf8) }
        return self.address(text.firstIndex(of: ";").map { String(text[text.index(after: $0)...]) } ?? text, run)
    }

    /// The null sender is an empty string in every part.
    private func address(_ text: String, _ run: SieveRun) -> [UInt8]? {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return bytes }
        guard let address = EnvelopePath.read(bytes) else { return nil }
        return address.value(of: self.part, separators: run.settings.detailSeparators)
    }
}
