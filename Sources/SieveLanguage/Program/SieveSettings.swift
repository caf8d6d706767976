/// What a site decides about its users' scripts, apart from the limits.
package struct SieveSettings: Hashable, Sendable {
    package init() {}

    /// Who a redirected message comes from on the wire. RFC 5228 §4.2.
    package enum RedirectSender: Hashable, Sendable {
        /// The original sender.
        case sender
        /// The address that the message was delivered to.
        case recipient
        /// The recipient before any alias was looked up.
        case originalRecipient
        /// The owner's own address.
        case owner
        /// A given address; empty for the null sender.
        case address(String)
    }

    package var redirectSender = RedirectSender.sender

    /// Who a notification comes from on the wire; `nil` for what the script says, else the site's address.
    package var notifySender: RedirectSender?

    /// The owner's address, where the site knows it; else the recipient's is taken.
    package var ownerAddress: String?

    /// Whether `:from` of what a script writes must be one of the owner's addresses; for others the owner's
    /// own is taken.
    package var writesAsOwnerOnly = false

    /// Characters of which the first in a local part separates user and detail. RFC 5233 §4.
    package var detailSeparators = "+"

    /// The subject of vacation answers to messages that have none. RFC 5230 §4.3.
    package var vacationSubject = "Automated reply"

    /// The subject of answers to others; `%$` and `%{subject}` stand for theirs.
    package var vacationSubjectTemplate = "Auto: %$"

    /// Whether the owner is answered for where the header names the recipient before aliases.
    package var vacationKnowsOriginalRecipient = false

    /// Whether the owner must be named in the header at all. RFC 5230 §4.5.
    package var vacationChecksRecipient = true

    /// Header fields that `addheader` and `deleteheader` leave alone besides Received and Auto-Submitted, in
    /// lower case. RFC 5293 §6.
    package var protectedFields: Set<String> = []

    /// Fields that scripts may add but not delete, in lower case.
    package var undeletableFields: Set<String> = []

    /// Capabilities that this site does not offer.
    package var withheld: Set<SieveCapability> = []
}
