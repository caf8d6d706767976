/// mailboxid (RFC 9042), whole: `:mailboxid` for fileinto, the test `mailboxidexists`.
///
/// Limits: none of its own.
enum MailboxIDExtension {
    static let words = SieveExtension(
        calls: [
            CallRule(
                name: "mailboxidexists",
                capabilities: [.mailboxid],
                parameters: [.list("mailbox identifiers")],
                builder: .test(MailboxIDExistsTest.init)
            )
        ],
        tags: [TagRule("mailboxid", .mailboxid, on: ["fileinto", "vacation", "notify"], value: .string)]
    )
}

/// Whether mailboxes with all these identifiers are there. RFC 9042 §4.
final class MailboxIDExistsTest: CheckedTest {
    let position: SievePosition
    private let ids: [SieveText]
    var name: String { "mailboxidexists" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.ids = checker.texts(call.strings(0))
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        self.ids.allSatisfy { run.world.mailbox(withID: run.string($0)) != nil }
    }
}
