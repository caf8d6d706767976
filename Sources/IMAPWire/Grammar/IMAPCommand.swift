package import MailTypes

/// One command as the session gets it: the client's tag and what it asks for.
package struct IMAPRequest: Hashable, Sendable {
    /// At most ``IMAPLimits/tagOctetsMax`` ASCII characters.
    package var tag: String
    package var command: IMAPCommand

    package init(tag: String, command: IMAPCommand) {
        self.tag = tag
        self.command = command
    }
}

/// Everything a client can ask for, but APPEND, whose messages stream through ``IMAPFrame`` instead. RFC 9051 §6.
package enum IMAPCommand: Hashable, Sendable {
    // Any state.
    case capability
    case noop
    case logout
    /// RFC 2971; `nil` for `ID NIL`.
    case id([IMAPIDField]?)

    // Not authenticated.
    case startTLS
    case authenticate(AuthenticateRequest)
    case login(user: String, password: Secret)

    // Authenticated.
    case enable([String])
    case select(SelectRequest)
    case examine(SelectRequest)
    case create(CreateRequest)
    case delete(WireMailbox)
    case rename(from: WireMailbox, to: WireMailbox)
    case subscribe(WireMailbox)
    case unsubscribe(WireMailbox)
    case list(ListRequest)
    case lsub(reference: String, pattern: MailboxPattern)
    case namespace
    case status(WireMailbox, StatusItems)
    case getMetadata(GetMetadataRequest)
    case setMetadata(SetMetadataRequest)
    case idle

    // Selected.
    case check
    case close
    case unselect
    case expunge
    case uidExpunge(MessageSet)
    case search(SearchRequest)
    case fetch(FetchRequest)
    case store(StoreRequest)
    case copy(CopyRequest)
    case move(CopyRequest)
}

/// `AUTHENTICATE mechanism [initial-response]`. RFC 9051 §6.2.2.
package struct AuthenticateRequest: Hashable, Sendable {
    /// Upper-cased.
    package var mechanism: String
    /// Still base64 as sent (`=` means an empty one); `nil` when not given. RFC 4959.
    package var initialResponse: Secret?

    package init(mechanism: String, initialResponse: Secret? = nil) {
        self.mechanism = mechanism
        self.initialResponse = initialResponse
    }
}

/// `SELECT` or `EXAMINE`. RFC 9051 §6.3.2, RFC 7162 §3.1.8.
package struct SelectRequest: Hashable, Sendable {
    package var mailbox: WireMailbox
    /// `(CONDSTORE)` was given.
    package var enablesCondstore: Bool

    package init(mailbox: WireMailbox, enablesCondstore: Bool = false) {
        self.mailbox = mailbox
        self.enablesCondstore = enablesCondstore
    }
}

/// `CREATE`, perhaps with `USE (\Drafts …)`. RFC 9051 §6.3.4, RFC 6154 §3.
package struct CreateRequest: Hashable, Sendable {
    package var mailbox: WireMailbox
    /// Empty when none was given.
    package var uses: [SpecialUse]
    /// A use we have never heard of was among them: answer `NO [USEATTR]`.
    package var namesUnknownUse: Bool

    package init(mailbox: WireMailbox, uses: [SpecialUse] = [], namesUnknownUse: Bool = false) {
        self.mailbox = mailbox
        self.uses = uses
        self.namesUnknownUse = namesUnknownUse
    }
}

/// One pair of an ID command. RFC 2971 §3.3.
package struct IMAPIDField: Hashable, Sendable {
    package var name: String
    package var value: String?

    package init(name: String, value: String?) {
        self.name = name
        self.value = value
    }
}
