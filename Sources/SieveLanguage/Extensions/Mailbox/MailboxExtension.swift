/// mailbox (RFC 5490 §3.1, §3.2), whole: the test `mailboxexists`, and `:create` for fileinto.
///
/// Limits: none of its own.
enum MailboxExtension {
    static let words = SieveExtension(
        calls: [
            CallRule(
                name: "mailboxexists",
                capabilities: [.mailbox],
                parameters: [.list("mailbox names")],
                builder: .test(MailboxExistsTest.init)
            )
        ],
        tags: [TagRule("create", .mailbox, on: ["fileinto", "vacation", "notify"])]
    )
}

/// Whether all named mailboxes are there and can be filed into.
final class MailboxExistsTest: CheckedTest {
    let position: SievePosition
    private let mailboxes: [SieveText]
    var name: String { "mailboxexists" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.mailboxes = checker.texts(call.strings(0))
        for text in self.mailboxes {
            if let bytes = text.constant, SieveMailboxName.name(bytes) == nil {
                checker.warning(at: text.position, "no mailbox can have this name: the test never holds")
            }
        }
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        for mailbox in self.mailboxes {
            try run.spend(1)
            guard let name = SieveMailboxName.name(run.bytes(mailbox)), run.world.mailboxExists(name) else {
                return false
            }
        }
        return true
    }
}
