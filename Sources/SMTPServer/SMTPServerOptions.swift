package import NIOCore
package import Reception
package import SMTPWire

/// How one SMTP or LMTP listener behaves; every bound with its reason.
package struct SMTPServerOptions: Sendable {
    /// Which of the three servers this is.
    package var door: ReceptionDoor
    /// Our name in the greeting and in the answer to EHLO.
    package var hostName: String
    /// Octets of a message, as announced with SIZE. RFC 1870.
    package var messageOctetsMax = 50 << 20
    /// Recipients of a message; RFC 5321 §4.5.3.1.8 asks for 100 at least.
    package var recipientsMax = 1_000
    /// Commands that are malformed or out of order before the connection is closed: a client that makes so many does
    /// not speak SMTP. And, of a stranger, commands that are refused: who names so many recipients that are not here,
    /// and sends no message, is looking for those that are. Both count from the last message that was taken.
    package var errorsMax = 20
    /// Commands that move no mail (NOOP, RSET, VRFY, HELP, greetings, logins given up, empty chunks) since the last
    /// message.
    package var idleCommandsMax = 200
    /// Failed logins of a connection.
    package var loginFailuresMax = 3
    /// How long the answer to a failed login is held back, so that guessing is slow.
    package var loginFailureDelay = TimeAmount.seconds(2)
    /// Passwords may cross an unencrypted connection when both its ends are on this machine.
    package var allowsPlaintextOnLoopback = false
    /// How long a client may take for its next command, whole. RFC 5321 §4.5.3.2.7.
    package var commandTimeout = TimeAmount.minutes(5)
    /// How long a client may take to send 16 KiB of a message, or what is left of it: some 90 octets a second at 3
    /// minutes. RFC 5321 §4.5.3.2.5 has the other side wait three minutes for each piece.
    package var bodyTimeout = TimeAmount.minutes(5)
    /// How long a TLS handshake may take.
    package var handshakeTimeout = TimeAmount.seconds(60)
    package var wire = SMTPLimits()

    package init(door: ReceptionDoor, hostName: String) {
        self.door = door
        self.hostName = hostName
    }

    var dialect: SMTPDialect { self.door == .lmtp ? .lmtp : .smtp }

    /// Logging in is possible: users come by submission, and by the exchange door from outside.
    var offersLogin: Bool { self.door != .lmtp }

    var requiresLogin: Bool { self.door == .submission }
}

/// How much a session holds in memory and when it stops reading.
enum SMTPSessionLimits {
    /// Octets of a message on their way to the spool before reading stops.
    static let spillOctetsMax = 512 * 1_024
    /// Octets a client may run ahead of its answers before reading stops.
    static let aheadOctetsMax = 64 * 1_024
    /// Octets of a message that give its client the whole time again: what the slowest lines carry in it.
    static let renewingOctetsMin = 16 * 1_024
    /// Octets of replies gathered before they are given to the channel.
    static let repliesOctetsMax = 64 * 1_024
    /// A chunk announced to be this much larger than a message may be is not even thrown away.
    static let excessOctetsMax = 256 << 20
    /// Octets set aside for a message whose size was not announced.
    static let messageOctetsExpected = 8_192
    /// Refused messages of one connection that the trace is told of.
    static let tracedRefusalsMax = 1_000
}
