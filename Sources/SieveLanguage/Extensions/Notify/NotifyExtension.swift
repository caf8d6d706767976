/// enotify (RFC 5435) with the method mailto (RFC 5436), whole: `notify`, `valid_notify_method`,
/// `notify_method_capability`; the modifier `:encodeurl` is one of ``VariableModifier``.
///
/// Limits: ``SieveLimits/notificationsMax``; ``MailtoURI/recipientsMax``.
enum NotifyExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "notify",
            capabilities: [.enotify],
            parameters: [.string("method")],
            tags: [
                TagRule("from", value: .string),
                TagRule("importance", value: .string),
                TagRule("options", value: .list),
                TagRule("message", value: .string),
            ],
            builder: .command(NotifyCommand.init)
        ),
        CallRule(
            name: "valid_notify_method",
            capabilities: [.enotify],
            parameters: [.list("notification URIs")],
            builder: .test(ValidMethodTest.init)
        ),
        CallRule(
            name: "notify_method_capability",
            capabilities: [.enotify],
            parameters: [.string("notification URI"), .string("capability"), .list("key list")],
            takesMatch: true,
            builder: .test(MethodCapabilityTest.init)
        ),
    ])
}

/// Tells somebody by mail that the message came.
package struct SieveNotify: Hashable, Sendable {
    /// The URI as the script has it.
    package var method: String
    package var recipients: [SieveNotifyRecipient]
    package var copies: [SieveNotifyRecipient]
    /// As a From field has it; `nil` for the site's address.
    package var from: String?
    /// On the wire: empty for the null sender, `nil` for the site's address.
    package var sender: String?
    /// 1 high, 2 normal, 3 low.
    package var importance: Int
    /// `name=value`, as given.
    package var options: [String]
    package var subject: String
    package var body: String
    /// More fields that the URI asks for.
    package var fields: [SieveHeaderLine]
    /// Why nothing is sent; `nil` when it is.
    package var withheld: String?
    package var fcc: SieveFileInto?
    /// Whether the script wanted another ``from``, which is none of the owner's addresses.
    package var overrulesFrom = false

    func isSame(as other: Self) -> Bool {
        self.recipients == other.recipients && self.copies == other.copies && self.subject == other.subject
            && self.body == other.body && self.from == other.from
    }
}

/// Somebody to be told.
package struct SieveNotifyRecipient: Hashable, Sendable {
    package var address: String
    /// As the URI has it, perhaps with a name.
    package var text: String
}

package struct SieveHeaderLine: Hashable, Sendable {
    package var name: String
    package var value: String
}

final class NotifyCommand: CheckedCommand {
    let position: SievePosition
    private let method: SieveText
    private let from: SieveText?
    private let importance: SieveText?
    private let options: [SieveText]
    private let message: SieveText?
    private let fcc: FileIntoTarget?
    var name: String { "notify" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.method = checker.text(call.string(0))
        self.from = call.string(tag: "from").map(checker.text)
        self.importance = call.string(tag: "importance").map(checker.text)
        self.options = checker.texts(call.strings(tag: "options") ?? [])
        self.message = call.string(tag: "message").map(checker.text)
        guard let fcc = FCCExtension.target(call, checker) else { return nil }
        self.fcc = fcc
        guard self.isRight(checker) else { return nil }
    }

    private func isRight(_ checker: SieveChecker) -> Bool {
        if let bytes = self.method.constant, let reason = MailtoURI.fault(in: bytes) {
            checker.error(at: self.method.position, "the notification method cannot be used: \(reason)")
            return false
        }
        if let from = self.from, let bytes = from.constant, SieveAddress.single(bytes) == nil {
            let found = String(decoding: bytes, as: UTF8.self)
            checker.error(at: from.position, "'\(found)' is no address: expected one like 'user@example.org'")
            return false
        }
        if let importance = self.importance, let bytes = importance.constant, Self.importance(bytes) == nil {
            checker.error(at: importance.position, "expected '1', '2' or '3' as importance")
            return false
        }
        for option in self.options {
            guard let bytes = option.constant, !Self.isOption(bytes) else { continue }
            checker.error(at: option.position, "this is no option: expected 'name=value'")
            return false
        }
        return true
    }

    ///     notify-option = l-d *l-d-p "=" *(%x01-09 / %x0B-0C / %x0E-FF)
    private static func isOption(_ bytes: [UInt8]) -> Bool {
        let name = bytes.prefix { $0 != UInt8(ascii: "=") }
        guard let first = name.first, name.count < bytes.count else { return false }
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
        }
        return isLetterOrDigit(first)
            && name.allSatisfy { isLetterOrDigit($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
            && !bytes.contains(0x0D) && !bytes.contains(0x0A) && !bytes.contains(0)
    }

    private static func importance(_ bytes: [UInt8]) -> Int? {
        Int(String(decoding: bytes, as: UTF8.self)).flatMap { (1...3).contains($0) ? $0 : nil }
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        guard let uri = MailtoURI(run.bytes(self.method)) else {
            throw run.error(.value, quoting: run.string(self.method)) {
                "the notification method cannot be used: \($0)"
            }
        }
        var from = self.from.map(run.bytes)
        if let from, SieveAddress.single(from) == nil {
            throw run.error(.value, quoting: String(decoding: from, as: UTF8.self)) { "':from' is no address: \($0)" }
        }
        let isFollowed = from.map(run.mayWrite) ?? true
        if !isFollowed { from = Array((run.situation.ownerAddresses.first ?? run.ownerAddress).utf8) }
        var importance = 2
        if let text = self.importance {
            guard let number = Self.importance(run.bytes(text)) else {
                throw run.error(.value, "the importance is none of '1', '2' and '3'")
            }
            importance = number
        }
        let known = Self.alreadyTold(run)
        let action = SieveNotify(
            method: run.string(self.method),
            recipients: uri.recipients.filter { !known.contains($0.address.lowercased()) },
            copies: uri.copies.filter { !known.contains($0.address.lowercased()) },
            from: from.map { String(decoding: $0, as: UTF8.self) },
            sender: Self.sender(from, run),
            importance: importance,
            options: self.options.map(run.string),
            subject: self.subject(uri, run),
            body: uri.body ?? "",
            fields: uri.fields,
            withheld: Self.withheld(run),
            fcc: try self.fcc?.action(run),
            overrulesFrom: !isFollowed
        )
        if let reason = action.withheld { run.note("no notification: \(reason)") }
        try run.plan(.notify(action), cancelsImplicitKeep: false)
        return .next
    }

    /// Whom earlier notifications of this message tell already.
    private static func alreadyTold(_ run: SieveRun) -> Set<String> {
        var known: Set<String> = []
        for planned in run.result.actions {
            guard case .notify(let earlier) = planned.action else { continue }
            for recipient in earlier.recipients + earlier.copies { known.insert(recipient.address.lowercased()) }
        }
        return known
    }

    /// The script's text, the URI's subject, or the message's own. RFC 5436 §2.3, §2.5.
    private func subject(_ uri: MailtoURI, _ run: SieveRun) -> String {
        if let message = self.message, case let text = run.string(message), !text.isEmpty { return text }
        if let subject = uri.subject { return subject }
        guard let place = run.message.header.next(HeaderKey("subject")) else { return "Notification" }
        return "Notification: \(String(decoding: run.message.header.text(at: place), as: UTF8.self))"
    }

    /// The null sender answers the null sender, so that failures end there. RFC 5436 §2.1.
    private static func sender(_ from: [UInt8]?, _ run: SieveRun) -> String? {
        if run.situation.envelope.sender.isEmpty { return "" }
        switch run.settings.notifySender {
        case .sender: return run.situation.envelope.sender
        case .recipient: return run.situation.envelope.recipient
        case .originalRecipient: return run.situation.envelope.originalRecipient ?? run.situation.envelope.recipient
        case .owner: return run.ownerAddress
        case .address(let address): return address
        case nil: return from.flatMap { SieveAddress.single($0) }.map { String(decoding: $0.all, as: UTF8.self) }
        }
    }

    /// Machines are not told of, or two notifications would tell of each other for ever. RFC 5436 §2.2.
    private static func withheld(_ run: SieveRun) -> String? {
        for place in run.message.header.all(HeaderKey("auto-submitted")) {
            let value = ASCIIFold.folded(run.message.header.text(at: place))
            if !value.starts(with: Array("no".utf8)) || value.count > 2 && value[2] != 0x3B && value[2] != 0x20 {
                return "the message was sent by a machine"
            }
        }
        return nil
    }
}
