package import MailTypes

/// What is to become of one message that is stored already: done as a whole, or not at all.
///
/// Contents are named by number: 0 is the message as it is stored, others were given with it, from 1 on.
package struct Refiling: Sendable {
    /// What of the message stays in its mailbox.
    package enum Stay: Sendable {
        case unchanged
        case withFlags(FlagSet, keywords: [String])
        /// Another content takes its place, with a UID of its own.
        case replaced(content: Int, FlagSet, keywords: [String])
        /// Nothing does: it was moved, or removed.
        case nothing
    }

    package var uid: UID
    /// Of the message when this was decided; one that changed since is left alone.
    package var modSeq: ModSeq
    /// One whose mailbox is not there stays in the message's own instead.
    package var copies: [FiledCopy] = []
    package var stay = Stay.unchanged
    /// What is sent in consequence; each is of a content given with the message, not of the message as it is stored.
    package var outgoing: [NewOutgoingMessage] = []

    package init(uid: UID, modSeq: ModSeq) {
        self.uid = uid
        self.modSeq = modSeq
    }
}

package enum RefilingOutcome: Sendable, Hashable {
    case done
    /// Done, but for these mailboxes, which were not there.
    case doneWithout([MailboxName])
    /// It was removed meanwhile.
    case gone
    /// It was changed meanwhile, so that what was decided may not hold any more.
    case changed
    /// There is no room for what would be added; nothing was done.
    case overQuota
}
