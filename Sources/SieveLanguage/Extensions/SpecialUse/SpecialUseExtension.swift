internal import MailBytes

/// special-use (RFC 8579), whole: `:specialuse` for fileinto, the test `specialuse_exists`.
///
/// Limits: none of its own.
enum SpecialUseExtension {
    static let words = SieveExtension(
        calls: [
            CallRule(
                name: "specialuse_exists",
                capabilities: [.specialUse],
                parameters: [.string("mailbox"), .list("special-use attributes")],
                optionalCount: 1,
                builder: .test(SpecialUseExistsTest.init)
            )
        ],
        tags: [TagRule("specialuse", .specialUse, on: ["fileinto", "vacation", "notify"], value: .string)]
    )
}

/// Names of special uses. RFC 6154 §2.
enum SpecialUseName {
    ///     use-attr = "\" atom
    static func isName(_ bytes: [UInt8]) -> Bool {
        bytes.count > 1 && bytes[0] == ASCII.backslash
            && bytes.dropFirst().allSatisfy { $0 > 0x20 && $0 < 0x7F && !"(){%*\"\\]".utf8.contains($0) }
    }
}

/// Whether a mailbox, or any, has all these uses. RFC 8579 §3.
final class SpecialUseExistsTest: CheckedTest {
    let position: SievePosition
    private let mailbox: SieveText?
    private let uses: [SieveText]
    var name: String { "specialuse_exists" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.mailbox = call.arguments[0] == nil ? nil : checker.text(call.string(0))
        self.uses = checker.texts(call.strings(1))
        for (text, string) in zip(self.uses, call.strings(1)) {
            guard let bytes = text.constant, !SpecialUseName.isName(bytes) else { continue }
            checker.error(at: string.position, "'\(string.text)' is no special use: expected one like '\\Junk'")
            return nil
        }
        if let bytes = self.mailbox?.constant, SieveMailboxName.name(bytes) == nil {
            checker.warning(at: call.string(0).position, "no mailbox can have this name: the test never holds")
        }
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        let mailbox = self.mailbox.map(run.string)
        return self.uses.allSatisfy { run.world.hasSpecialUse(run.string($0), mailbox: mailbox) }
    }
}
