/// fcc (RFC 8580), whole: `:fcc` for vacation and notify, which files a copy of what is sent, with the arguments of
/// fileinto that go with it.
///
/// Limits: none of its own.
enum FCCExtension {
    private static let senders = ["vacation", "notify"]

    static let words = SieveExtension(tags: [
        TagRule("fcc", .fcc, on: Self.senders, value: .string),
        TagRule("flags", .imap4flags, on: Self.senders, value: .list),
    ])

    /// The mailbox of a call's `:fcc`.
    ///
    /// - Returns: `.some(nil)` when it has none; `nil` when it is wrong.
    static func target(_ call: CheckedCall, _ checker: SieveChecker) -> FileIntoTarget?? {
        guard let mailbox = call.string(tag: "fcc") else {
            for tag in ["flags", "create", "specialuse", "mailboxid"] where call.has(tag) {
                checker.error(at: call.position, "':\(tag)' stands in \(call.title) without ':fcc': expected both")
                return nil
            }
            return .some(nil)
        }
        guard let target = FileIntoTarget(call, checker, mailbox: mailbox) else { return nil }
        return .some(target)
    }
}
