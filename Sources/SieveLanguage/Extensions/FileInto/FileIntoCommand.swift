/// fileinto (RFC 5228 §4.1), whole, with the arguments that copy (RFC 3894), imap4flags (RFC 5232 §4), mailbox
/// (RFC 5490 §3.2), special-use (RFC 8579 §4) and mailboxid (RFC 9042 §3) add to it.
///
/// Limits: ``SieveLimits/actionsMax``; a name has at most ``SieveMailboxName/octetsMax`` octets.
enum FileIntoExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "fileinto",
            capabilities: [.fileinto],
            parameters: [.string("mailbox")],
            builder: .command(FileIntoCommand.init)
        )
    ])
}

final class FileIntoCommand: CheckedCommand {
    let position: SievePosition
    private let target: FileIntoTarget
    private let isCopy: Bool
    var name: String { "fileinto" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        guard let target = FileIntoTarget(call, checker, mailbox: call.string(0)) else { return nil }
        self.target = target
        self.isCopy = call.has("copy")
    }

    /// The mailbox, where it is known before the script runs.
    var constantMailbox: [UInt8]? { self.target.mailbox.constant }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        var action = try self.target.action(run)
        action.isCopy = self.isCopy
        try run.plan(.fileInto(action), cancelsImplicitKeep: !self.isCopy)
        return .next
    }
}

/// A mailbox to file into, and how; `fileinto` and `:fcc` share it.
struct FileIntoTarget: Sendable {
    let mailbox: SieveText
    /// Where it is known before the script runs.
    private let knownName: String?
    private let flags: FlagsArgument?
    private let createsMailbox: Bool
    private let specialUse: SieveText?
    private let mailboxID: SieveText?

    init?(_ call: CheckedCall, _ checker: SieveChecker, mailbox: SyntaxString) {
        self.mailbox = checker.text(mailbox)
        self.flags = FlagsArgument(call, checker)
        self.createsMailbox = call.has("create")
        self.specialUse = call.string(tag: "specialuse").map(checker.text)
        self.mailboxID = call.string(tag: "mailboxid").map(checker.text)
        self.knownName = self.mailbox.constant.flatMap(SieveMailboxName.name)
        if self.mailbox.constant != nil, self.knownName == nil {
            checker.error(
                at: mailbox.position,
                "invalid folder name '\(mailbox.text)': expected UTF-8 without controls"
            )
            return nil
        }
        if let use = self.specialUse?.constant, !SpecialUseName.isName(use) {
            let found = String(decoding: use, as: UTF8.self)
            checker.error(at: mailbox.position, "'\(found)' is no special use: expected one like '\\Junk'")
            return nil
        }
    }

    func action(_ run: SieveRun) throws(SieveRunError) -> SieveFileInto {
        var action = SieveFileInto(mailbox: try self.name(run), flags: self.flags?.flags(run) ?? run.flags.forActions)
        action.createsMailbox = self.createsMailbox
        action.specialUse = self.specialUse.map(run.string)
        action.mailboxID = self.mailboxID.map(run.string)
        return action
    }

    private func name(_ run: SieveRun) throws(SieveRunError) -> String {
        if let name = self.knownName { return name }
        let bytes = run.bytes(self.mailbox)
        guard let name = SieveMailboxName.name(bytes) else {
            throw run.error(.value, quoting: String(decoding: bytes, as: UTF8.self)) { "invalid folder name \($0)" }
        }
        return name
    }
}
