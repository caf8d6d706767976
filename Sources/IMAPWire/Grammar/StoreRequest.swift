package import MailTypes

/// Flags as a client names them: the five with bits of their own, and keywords by name. RFC 9051 §2.3.2.
package struct FlagSelection: Hashable, Sendable {
    package var system: FlagSet
    /// As spelled by the client, in its order, each once (compared without case).
    package var keywords: [String]

    package init(system: FlagSet = [], keywords: [String] = []) {
        self.system = system
        self.keywords = keywords
    }

    package var isEmpty: Bool { self.system.isEmpty && self.keywords.isEmpty }
}

/// `STORE` or `UID STORE`: how the flags of which messages change. RFC 9051 §6.4.6, RFC 7162 §3.1.3.
package struct StoreRequest: Hashable, Sendable {
    package enum Operation: Hashable, Sendable {
        case replace
        case add
        case remove
    }

    package var numbering: Numbering
    package var messages: MessageSet
    package var operation: Operation
    /// `.SILENT`: the client does not want the new flags told.
    package var isSilent: Bool
    package var flags: FlagSelection
    /// `UNCHANGEDSINCE`: leave alone what changed after this; 0 leaves everything alone.
    package var unchangedSince: ModSeq?

    package init(
        numbering: Numbering,
        messages: MessageSet,
        operation: Operation,
        isSilent: Bool = false,
        flags: FlagSelection,
        unchangedSince: ModSeq? = nil
    ) {
        self.numbering = numbering
        self.messages = messages
        self.operation = operation
        self.isSilent = isSilent
        self.flags = flags
        self.unchangedSince = unchangedSince
    }
}

/// `COPY`, `MOVE` and their UID forms: which messages go to which mailbox. RFC 9051 §6.4.7, §6.4.8.
package struct CopyRequest: Hashable, Sendable {
    package var numbering: Numbering
    package var messages: MessageSet
    package var mailbox: WireMailbox

    package init(numbering: Numbering, messages: MessageSet, mailbox: WireMailbox) {
        self.numbering = numbering
        self.messages = messages
        self.mailbox = mailbox
    }
}
