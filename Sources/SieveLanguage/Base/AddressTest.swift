/// Compares addresses in header fields. RFC 5228 §5.1.
final class AddressTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let part: AddressPart
    private let selection: FieldSelection
    private let keys: SieveKeys
    var name: String { "address" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        self.part = call.addressPart
        for name in call.strings(0) {
            guard let bytes = checker.text(name).constant else { continue }
            guard Self.fields.contains(String(decoding: ASCIIFold.folded(bytes), as: UTF8.self)) else {
                let found = String(decoding: bytes, as: UTF8.self)
                let message = "header '\(found)' is not allowed for the address test"
                checker.error(at: name.position, "\(message): expected one that holds addresses")
                return nil
            }
        }
        guard ContentAspect.isRight(call, checker),
            let selection = FieldSelection(call, checker, names: call.strings(0))
        else { return nil }
        self.selection = selection
        self.keys = checker.keys(call.strings(1), for: call.match)
    }

    /// Fields that hold addresses: those of RFC 5322, and of those in use elsewhere the ones that scripts ask for.
    private static let fields: Set<String> = [
        "from", "to", "cc", "bcc", "sender", "reply-to", "resent-from", "resent-to", "resent-cc", "resent-bcc",
        "resent-sender", "resent-reply-to", "for-approval", "for-handling", "for-comment", "apparently-to", "errors-to",
        "delivered-to", "return-path", "return-receipt-to", "x-admin", "read-receipt-to", "x-confirm-reading-to",
        "return-receipt-requested", "registered-mail-reply-requested-by", "mail-followup-to", "mail-reply-to",
        "abuse-reports-to", "x-complaints-to", "x-report-abuse-to", "x-beenthere", "x-original-from", "x-original-to",
        "x-delivered-to", "x-forwarded-to", "envelope-to", "x-envelope-to", "x-envelope-from",
        "disposition-notification-to", "list-post",
    ]

    var outline: TestOutline {
        guard let names = self.selection.outlinedNames, let keys = self.keys.outline(for: self.match) else {
            return .unknown
        }
        return .addresses(names: names, keys: keys)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        let isFound = try self.selection.first(run) { (header, place) throws(SieveRunError) -> Bool in
            let addresses = header.addresses(at: place)
            if addresses.isEmpty { try run.spend(1) }
            for address in addresses {
                try run.spend(1)
                guard let value = address.value(of: self.part, separators: run.settings.detailSeparators) else {
                    continue
                }
                if try session.feed(value, run) { return true }
            }
            return false
        }
        return isFound ? true : try session.finish(run)
    }
}
