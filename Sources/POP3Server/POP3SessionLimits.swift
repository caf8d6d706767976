/// Every bound on one POP3 session that is not about its bytes (those are `POP3Limits`), with its reason.
package struct POP3SessionLimits: Hashable, Sendable {
    /// Silence before login after which we hang up: people type no POP3.
    package var loginTimeout: Duration = .seconds(60)
    /// Silence after login; 10 minutes is the least allowed. RFC 1939 §3.
    package var autologout: Duration = .seconds(10 * 60)
    /// Failed logins on one connection; guessing costs a new connection each time.
    package var failedLoginsMax = 5
    /// Wait before a failed login is answered, so that guessing is slow and the answer tells nothing by its time.
    package var loginDelay: Duration = .seconds(2)
    /// Commands we could not read, or which came out of order, on one connection.
    package var errorsMax = 20
    /// Octets read of the socket and not yet looked at, while a command runs, before we stop reading. A command to
    /// fetch a message has some ten octets, so this many are thousands.
    package var bufferedOctetsMax = 64 * 1_024

    package init() {}

    /// Messages fetched in one visit to a reader lane.
    static let batchMessagesMax = 64
    /// Octets of answers made before they are given to the socket, and in one visit to a reader lane.
    static let batchOctetsMax = 256 * 1_024
    /// Messages read ahead of a client that fetches one after the other, so that it waits for no disk.
    static let aheadMessagesMax = 32
    /// Octets read ahead: what a session that fetches may hold for a moment.
    static let aheadOctetsMax = 128 * 1_024
    /// How long what was read ahead is kept for a client that has fallen silent.
    static let aheadTimeout: Duration = .seconds(5)
    /// Lines of a listing written before others on the event loop are served.
    static let sliceLinesMax = 10_000
}
