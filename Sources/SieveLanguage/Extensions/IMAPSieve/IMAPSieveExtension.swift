/// imapsieve (RFC 6785), the language's part of it whole: scripts that run because of a change in a mailbox.
///
/// Such a run has ``SieveSituation/isMailboxEvent`` set. Its items `imap.user`, `imap.email`, `imap.cause`,
/// `imap.mailbox` and `imap.changedflags` are answered by the world like all others; `keep` leaves the message
/// where it is, with the flags the script set. What only makes sense at delivery is refused: `reject`,
/// `ereject` and `vacation` (§3.6 to §3.9).
///
/// Limits: none of its own.
enum IMAPSieveExtension {
    /// Why an action cannot be done for a message that is stored already; `nil` when it can.
    static func refusal(of action: SieveAction, in situation: SieveSituation) -> String? {
        guard situation.isMailboxEvent else { return nil }
        switch action {
        case .reject, .vacation: return "\(action.name) cannot be used for a message that is stored already"
        case .keep, .fileInto, .redirect, .notify: return nil
        }
    }
}
