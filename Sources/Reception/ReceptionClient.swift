package import Directory
package import MailTypes

/// By which door a message comes.
package enum ReceptionDoor: Hashable, Sendable {
    /// From other hosts.
    case exchange
    /// From users' mail programs.
    case submission
    /// From a relay in front of us, over LMTP: each recipient is answered for and none is queued.
    case lmtp
}

/// Who hands a message over, as far as reception cares.
package struct ReceptionClient: Sendable {
    package var session: TimeSortedID
    package var door: ReceptionDoor
    /// The peer's address as text, empty where it has none.
    package var peer: String
    /// The peer is in a trusted network.
    package var isTrusted: Bool
    /// What it called itself; nothing of it is believed.
    package var greetingName: String
    /// It greeted with EHLO or LHLO.
    package var isExtended: Bool
    package var user: AuthenticatedUser?
    /// `TLSv1.3`; `nil` without TLS.
    package var tlsVersion: String?

    package init(session: TimeSortedID, door: ReceptionDoor, peer: String, isTrusted: Bool) {
        self.session = session
        self.door = door
        self.peer = peer
        self.isTrusted = isTrusted
        self.greetingName = ""
        self.isExtended = false
        self.user = nil
        self.tlsVersion = nil
    }

    /// The message is taken as a user's own, not yet finished one, and is put in order. RFC 6409 §8.
    var isSubmission: Bool { self.door == .submission || self.user != nil }

    /// What it sends may pretend to be our own word: it is neither in a trusted network nor a relay of ours that hands
    /// over by LMTP, which may have written results in our name.
    var mayForgeResults: Bool { self.isSubmission || (self.door == .exchange && !self.isTrusted) }
}
