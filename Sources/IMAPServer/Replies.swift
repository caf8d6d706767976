internal import IMAPWire
internal import MailStore
internal import NIOCore
internal import Storage

/// How a command ends when it does not simply complete: the only place where refusals and failures become words.
///
/// Every text is a constant, so that nothing of the disk or of another user ever reaches a client. RFC 5530.
struct Reply: Error, Sendable {
    var status: ResponseStatus
    var code: ResponseCode?
    var text: StaticString

    init(_ status: ResponseStatus, _ code: ResponseCode? = nil, _ text: StaticString) {
        self.status = status
        self.code = code
        self.text = text
    }
}

extension ByteBuffer {
    mutating func writeReply(_ tag: String, _ reply: Reply) {
        self.writeTagged(tag, reply.status, code: reply.code, reply.text)
    }
}

// MARK: - Refusals of the session

extension Reply {
    init(_ refusal: IMAPSessionStateMachine.Refusal) {
        switch refusal {
        case .needsLogin: self = Self(.bad, nil, "Log in first")
        case .needsMailbox: self = Self(.bad, nil, "Select a mailbox first")
        case .onlyBeforeLogin: self = Self(.bad, nil, "Only before login")
        case .alreadyEncrypted: self = Self(.bad, nil, "TLS is on already")
        case .encryptionUnavailable: self = Self(.bad, nil, "No certificate is configured")
        case .needsEncryption:
            self = Self(.no, .privacyRequired, "Use STARTTLS first: passwords are not taken in the clear")
        case .mailboxIsReadOnly: self = Self(.no, .readOnly, "The mailbox was opened with EXAMINE")
        case .syntax: self = Self(.bad, nil, "Not understood")
        }
    }

    static let unknownMechanism = Self(.no, .cannot, "No such mechanism on this connection")
    static let loginFailed = Self(.no, .authenticationFailed, "Wrong user name or password")
    static let loginUnavailable = Self(.no, .unavailable, "Logins cannot be checked now; try again")
    static let loginCancelled = Self(.bad, nil, "Cancelled")
    static let loginMalformed = Self(.bad, nil, "Not what the mechanism prescribes")
    static let notDone = Self(.bad, nil, "Expected DONE")
}

// MARK: - Refusals of commands

extension Reply {
    static let noSuchMailbox = Self(.no, .nonexistent, "No such mailbox")
    /// To APPEND, COPY and MOVE: the client may create it and try again. RFC 9051 §6.3.12.
    static let tryCreate = Self(.no, .tryCreate, "No such mailbox")
    /// To the same: a name without a mailbox of its own becomes one by CREATE.
    static let tryCreateNotSelectable = Self(.no, .tryCreate, "That name only holds other mailboxes")
    static let notSelectable = Self(.no, .nonexistent, "That name only holds other mailboxes")
    static let invalidName = Self(.no, .cannot, "That cannot be a mailbox name")
    static let inboxStays = Self(.no, .cannot, "INBOX cannot be deleted")
    static let unknownUse = Self(.no, .useAttribute, "That special use is not known here")
    static let unsupportedUse = Self(.no, .useAttribute, "Mailboxes of that use cannot be made here")
    static let tooManyUses = Self(.no, .useAttribute, "A mailbox has one special use at most")
    static let inboxHasNoUse = Self(.no, .useAttribute, "INBOX has no special use")
    static let invalidMessageSet = Self(.bad, nil, "No such message number")
    static let expungeIssued = Self(.no, .expungeIssued, "Some of the messages no longer exist")
    static let emptyMessage = Self(.no, .cannot, "A message has at least one octet")
    static let badCharset = Self(.no, .badCharset, "That charset is not known here")
    static let mailboxIsGone = Self(.no, .nonexistent, "The selected mailbox has been deleted")
    static let annotationIsSites = Self(.no, .noPermission, "That annotation is not yours to set")
    static let notSaved = Self(.no, .notSaved, "The search found out nothing that could be kept")
}

// MARK: - Failures of the store

extension Reply {
    /// The others have been told. RFC 5530 §3.
    static let messagesUnreadable = Self(.no, .corruption, "Some of the messages cannot be read; it has been noted")

    /// What a client is told of an error, and whether it is worth a line in the log.
    static func answer(to error: any Error) -> (reply: Reply, isFailure: Bool) {
        switch error {
        case let reply as Reply: (reply, false)
        // The client went away while it was being answered.
        case is CancellationError: (Self(.no, nil, "Interrupted"), false)
        case let error as MailStoreError: Self.answer(to: error)
        case let error as AnnotationError: (Self.answer(to: error), false)
        case let error as StorageError: (Self.answer(to: error), true)
        default: (Self(.no, .serverBug, "Something went wrong here; it has been noted"), true)
        }
    }

    private static func answer(to error: MailStoreError) -> (reply: Reply, isFailure: Bool) {
        switch error {
        case .noSuchMailbox: (.noSuchMailbox, false)
        case .mailboxExists: (Self(.no, .alreadyExists, "There is such a mailbox already"), false)
        case .cannotDelete: (.inboxStays, false)
        case .cannotRename: (Self(.no, .cannot, "A mailbox cannot be moved there"), false)
        case .notSelectable: (.notSelectable, false)
        case .hasChildren: (Self(.no, .hasChildren, "There are mailboxes below it"), false)
        case .invalidName: (.invalidName, false)
        case .specialUseTaken: (Self(.no, .useAttribute, "Another mailbox has that use already"), false)
        case .overQuota: (Self(.no, .overQuota, "The account is over quota"), false)
        case .tooManyKeywords: (Self(.no, .limit, "The account has too many keywords"), false)
        case .invalidKeyword: (Self(.no, .cannot, "That cannot be a keyword"), false)
        case .messageTooLarge: (Self(.no, .tooBig, "The message is too large"), false)
        case .tooManyMailboxes: (Self(.no, .limit, "The account has too many mailboxes"), false)
        case .tooManySubscriptions: (Self(.no, .limit, "The account has too many subscriptions"), false)
        case .gone: (.mailboxIsGone, false)
        case .noSuchAccount: (Self(.no, .unavailable, "The account cannot be opened"), true)
        case .uidsExhausted: (Self(.no, .limit, "The mailbox has no UIDs left"), true)
        }
    }

    /// RFC 5464 §4.3.
    private static func answer(to error: AnnotationError) -> Reply {
        switch error {
        case .valueTooLarge:
            Self(.no, .metadataMaxSize(AnnotationLimits.valueOctetsMax), "An annotation is too long")
        case .tooMany: Self(.no, .metadataTooMany, "There are too many annotations")
        case .noSuchUse: .unknownUse
        }
    }

    private static func answer(to error: StorageError) -> Reply {
        switch error.code {
        case .diskFull: Self(.no, .unavailable, "The disk is full; try again later")
        case .corrupt, .misuse, .newerFormat, .olderFormat, .constraint:
            Self(.no, .serverBug, "Something went wrong here; it has been noted")
        case .busy, .readOnly, .missing, .crossDevice, .exhausted, .io, .closed:
            Self(.no, .unavailable, "The store cannot do that now; try again")
        }
    }
}
