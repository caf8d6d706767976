package import MailTypes

/// What a response's brackets say to the program, beside the text for the person. RFC 9051 §7.1, RFC 5530.
package enum ResponseCode: Hashable, Sendable {
    case alert
    case alreadyExists
    case appendUID(UIDValidity, [UID])
    case authenticationFailed
    case authorizationFailed
    /// The charsets we do read.
    case badCharset
    case cannot
    case capability([IMAPCapability])
    case clientBug
    case closed
    case contactAdmin
    /// Source and destination UIDs pair up in order.
    case copyUID(UIDValidity, source: [UID], destination: [UID])
    case corruption
    case expired
    case expungeIssued
    case hasChildren
    case highestModSeq(ModSeq)
    case inUse
    case limit
    /// Octets of the longest value that MAXSIZE has kept out. RFC 5464 §4.2.1.
    case metadataLongEntries(Int)
    /// Octets an annotation's value may have. RFC 5464 §4.3.
    case metadataMaxSize(Int)
    case metadataNoPrivate
    case metadataTooMany
    /// Numbers or UIDs whose flags UNCHANGEDSINCE left alone; ascending.
    case modified([UInt32])
    case noModSeq
    case nonexistent
    case noPermission
    case notSaved
    case overQuota
    case parse
    /// Flags that can be changed for good, and whether new keywords can be made (`\*`).
    case permanentFlags(FlagSet, FlagNames, allowsNew: Bool)
    case privacyRequired
    case readOnly
    case readWrite
    case serverBug
    case tooBig
    case tryCreate
    case uidNext(UID)
    case uidNotSticky
    case uidValidity(UIDValidity)
    case unavailable
    /// Sequence number of the first unread message.
    case unseen(UInt32)
    case unknownCTE
    case useAttribute
}

/// How a command ended, or what a server says of itself. RFC 9051 §7.1.
package enum ResponseStatus: Hashable, Sendable {
    case ok
    case no
    case bad
    /// Untagged only: the greeting of a connection that needs no login.
    case preauth
    /// Untagged only: the connection is about to close.
    case bye
}
