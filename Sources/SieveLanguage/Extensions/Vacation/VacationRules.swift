internal import MailBytes

/// Who is never told that the owner is away: machines, lists, and whoever did not write to the owner himself.
///
/// RFC 5230 §4.5, §4.6; RFC 3834 §2.
struct VacationRules {
    private let run: SieveRun
    private let owners: OwnAddresses
    private let sender: [UInt8]
    /// The owner's address that the message names.
    let matchedOwner: String?

    init(_ run: SieveRun, addresses: [[UInt8]]) {
        self.run = run
        let envelope = run.situation.envelope
        let original = run.settings.vacationKnowsOriginalRecipient ? envelope.originalRecipient : nil
        self.owners = OwnAddresses(run, more: [Array((original ?? "").utf8)] + addresses)
        self.sender = ASCIIFold.folded(Array(envelope.sender.utf8))
        self.matchedOwner = Self.namedOwner(run, self.owners)
    }

    func verdict() -> SieveVacation.Verdict {
        if self.sender.isEmpty { return .withhold("the message has no sender") }
        guard let sender = SieveAddress.single(self.sender) else { return .withhold("the sender is no address") }
        if self.owners.contains(sender) { return .withhold("the owner wrote the message") }
        if self.isMachineAddress { return .withhold("the sender is a machine's address") }
        if let reason = self.automaticField() { return .withhold(reason) }
        guard self.matchedOwner != nil || !self.run.settings.vacationChecksRecipient else {
            return .withhold("no address of the owner is among the message's recipients")
        }
        return .answer
    }

    /// `owner-…`, `…-request`, `MAILER-DAEMON` and their like. RFC 5230 §4.6.
    private var isMachineAddress: Bool {
        let local = String(decoding: self.sender.prefix { $0 != UInt8(ascii: "@") }, as: UTF8.self)
        let exact: Set<String> = [
            "mailer-daemon", "listserv", "majordomo", "mailman", "noreply", "no-reply", "donotreply", "do-not-reply",
            "bounce", "bounces",
        ]
        return exact.contains(local) || local.hasPrefix("owner-") || local.hasSuffix("-request")
            || local.hasSuffix("-relay") || local.hasSuffix("-owner") || local.hasSuffix("-bounces")
            || local.hasPrefix("bounce-") || local.hasPrefix("bounces+")
    }

    private static let listFields = [
        "list-id", "list-owner", "list-subscribe", "list-post", "list-unsubscribe", "list-help", "list-archive",
    ].map { HeaderKey($0) }

    /// Why a header field forbids the answer.
    private func automaticField() -> String? {
        if Self.listFields.contains(where: { self.run.message.header.next($0) != nil }) {
            return "the message comes from a list"
        }
        for value in self.values("auto-submitted") where Self.firstWord(value) != "no" {
            return "the message was sent by a machine"
        }
        for value in self.values("precedence") where ["bulk", "junk", "list"].contains(Self.firstWord(value)) {
            return "the message is bulk mail"
        }
        for value in self.values("x-auto-response-suppress") {
            let words = String(decoding: value, as: UTF8.self).split { $0 == "," || $0 == " " }
            if words.contains("all") || words.contains("oof") { return "the message asks for no answer" }
        }
        for value in self.values("return-path") where value.elementsEqual("<>".utf8) {
            return "the message has no sender"
        }
        return nil
    }

    private func values(_ name: String) -> [[UInt8]] {
        self.run.message.header.all(HeaderKey(name)).map { place in
            ASCIIFold.folded(self.run.message.header.text(at: place))
        }
    }

    private static func firstWord(_ value: [UInt8]) -> String {
        String(
            decoding: value.prefix { $0 != UInt8(ascii: ";") && !ASCII.isBlank($0) && $0 != UInt8(ascii: "(") },
            as: UTF8.self
        )
    }

    private static let recipientFields = ["to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"].map {
        HeaderKey($0)
    }

    /// The first recipient of the header that is one of the owner's addresses. RFC 5230 §4.5.
    private static func namedOwner(_ run: SieveRun, _ owners: OwnAddresses) -> String? {
        for key in Self.recipientFields {
            for place in run.message.header.all(key) {
                for address in run.message.header.addresses(at: place) where owners.contains(address) {
                    return String(decoding: address.all, as: UTF8.self)
                }
            }
        }
        return nil
    }
}
