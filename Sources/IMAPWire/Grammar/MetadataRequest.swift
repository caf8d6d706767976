/// `GETMETADATA`: annotations of a mailbox, or of the server. RFC 5464 §4.2.
package struct GetMetadataRequest: Hashable, Sendable {
    /// How far below the named entries others are wanted, too. RFC 5464 §4.2.2.
    package enum Depth: Hashable, Sendable {
        case zero
        case one
        case infinity
    }

    /// Empty for the server.
    package var mailbox: WireMailbox
    /// In lower case, below `/private` or `/shared` or one of the two; at most ``IMAPLimits/metadataEntriesMax``.
    package var entries: [String]
    package var depth: Depth
    /// Longer values are left out. RFC 5464 §4.2.1.
    package var octetsMax: UInt32?

    package init(mailbox: WireMailbox, entries: [String], depth: Depth = .zero, octetsMax: UInt32? = nil) {
        self.mailbox = mailbox
        self.entries = entries
        self.depth = depth
        self.octetsMax = octetsMax
    }
}

/// `SETMETADATA`. RFC 5464 §4.3.
package struct SetMetadataRequest: Hashable, Sendable {
    /// Empty for the server.
    package var mailbox: WireMailbox
    /// In the order given; at most ``IMAPLimits/metadataEntriesMax``.
    package var entries: [MetadataEntry]

    package init(mailbox: WireMailbox, entries: [MetadataEntry]) {
        self.mailbox = mailbox
        self.entries = entries
    }
}

/// An annotation on the wire.
package struct MetadataEntry: Hashable, Sendable {
    /// In lower case, below `/private` or `/shared`.
    package var name: String
    /// `nil` for NIL: there is none, or shall be none.
    package var value: [UInt8]?

    package init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}
