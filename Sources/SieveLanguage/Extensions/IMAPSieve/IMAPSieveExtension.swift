/// imapsieve (RFC 6785), the language's part of it whole: scripts that run because of a change in a mailbox.
///
/// Such a run has ``SieveSituation/isMailboxEvent`` set. Its items `imap.user`, `imap.email`, `imap.cause`,
/// `imap.mailbox` and `imap.changedflags` are answered by the world like all others; `keep` leaves the message
/// where it is, with the flags the script set. What only makes sense at delivery is refused: scripts that ask for
/// `reject`, `ereject` or `vacation` (§3.11), and tests of the envelope (§4.6).
///
/// Limits: none of its own.
enum IMAPSieveExtension {
    private static let inapplicable: Set<SieveCapability> = [.reject, .ereject, .vacation, .vacationSeconds]

    /// Why a script cannot run on a message that is stored already; `nil` when it can.
    static func refusal(of program: SieveProgram, in situation: SieveSituation) -> String? {
        guard situation.isMailboxEvent else { return nil }
        let asked = program.capabilities.intersection(Self.inapplicable).map(\.rawValue).sorted()
        return asked.first.map { "'\($0)' cannot be asked for where a message is stored already" }
    }

    /// Why an action cannot be done for a message that is stored already; `nil` when it can.
    static func refusal(of action: SieveAction, in situation: SieveSituation) -> String? {
        guard situation.isMailboxEvent else { return nil }
        switch action {
        case .reject, .vacation: return "\(action.name) cannot be used for a message that is stored already"
        case .keep, .fileInto, .redirect, .notify: return nil
        }
    }
}
