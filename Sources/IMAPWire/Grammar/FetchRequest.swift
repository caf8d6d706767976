package import MailTypes

/// `FETCH` or `UID FETCH`: which messages, what of them. RFC 9051 §6.4.5.
package struct FetchRequest: Hashable, Sendable {
    package var numbering: Numbering
    package var messages: MessageSet
    /// In the client's order, macros already spelled out. `UID FETCH` answers with UID whether or not it is here.
    package var items: [FetchItem]
    /// Only messages changed after this point; MODSEQ is then answered whether or not it was asked. RFC 7162 §3.1.4.1.
    package var changedSince: ModSeq?

    package init(numbering: Numbering, messages: MessageSet, items: [FetchItem], changedSince: ModSeq? = nil) {
        self.numbering = numbering
        self.messages = messages
        self.items = items
        self.changedSince = changedSince
    }
}

/// One thing a client wants to know of a message. RFC 9051 §6.4.5, RFC 3501 §6.4.5.
package enum FetchItem: Hashable, Sendable {
    case uid
    case flags
    case internalDate
    case envelope
    /// `BODYSTRUCTURE`: with the extension fields.
    case bodyStructure
    /// `BODY` alone: the structure without extension fields.
    case body
    case rfc822Size
    case modSeq
    /// `RFC822`: the whole message; sets `\Seen`.
    case rfc822
    case rfc822Header
    /// `RFC822.TEXT`; sets `\Seen`.
    case rfc822Text
    /// `BODY[…]<…>` or `BODY.PEEK[…]<…>`.
    case section(BodySection, partial: FetchPartial?, isPeek: Bool)

    /// Whether fetching this marks the message as read. RFC 3501 §6.4.5.
    package var setsSeen: Bool {
        switch self {
        case .rfc822, .rfc822Text: true
        case .section(_, _, let isPeek): !isPeek
        default: false
        }
    }
}

/// `<origin.octets>`: a part of a section's bytes. RFC 9051 §6.4.5.
package struct FetchPartial: Hashable, Sendable {
    /// First octet wanted, counted from 0.
    package var origin: UInt32
    /// Octets wanted at most; never 0.
    package var octets: UInt32

    package init(origin: UInt32, octets: UInt32) {
        self.origin = origin
        self.octets = octets
    }

    /// The part of `count` octets that is wanted; empty when it begins behind their end.
    package func range(in count: Int) -> Range<Int> {
        let first = min(Int(self.origin), count)
        return first..<min(first + Int(self.octets), count)
    }
}

/// What stands between the brackets of `BODY[…]`: a part number and what of that part. RFC 9051 §6.4.5.1.
package struct BodySection: Hashable, Sendable {
    package enum Text: Hashable, Sendable {
        /// The whole part (or the whole message when ``BodySection/part`` is empty).
        case all
        case header
        /// `HEADER.FIELDS (…)`; names as the client spelled them.
        case headerFields([String])
        /// `HEADER.FIELDS.NOT (…)`.
        case headerFieldsNot([String])
        case text
        /// The part's own MIME header; only with a part number.
        case mime
    }

    /// `1.2.3`; empty for the message itself.
    package var part: [UInt32]
    package var text: Text

    package init(part: [UInt32] = [], text: Text) {
        self.part = part
        self.text = text
    }
}
