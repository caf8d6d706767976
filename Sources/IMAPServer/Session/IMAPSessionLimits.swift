/// Every bound on one IMAP session that is not about its bytes (those are `IMAPLimits`), with its reason.
package struct IMAPSessionLimits: Hashable, Sendable {
    /// Silence before login after which we hang up: people type no IMAP.
    package var loginTimeout: Duration = .seconds(60)
    /// Silence after login, IDLE included; 30 minutes is the least allowed. RFC 9051 §5.4.
    package var autologout: Duration = .seconds(30 * 60)
    /// Failed logins on one connection; guessing costs a new connection each time.
    package var failedLoginsMax = 5
    /// Wait before a failed login is answered, so that guessing is slow and the answer tells nothing by its time.
    package var loginDelay: Duration = .seconds(2)
    /// Commands we could not read, or which came out of order, before login.
    package var errorsBeforeLoginMax = 10
    /// The same after login, one right after the other: a client may keep a connection for weeks.
    package var errorsMax = 100
    /// Octets read of the socket and not yet looked at, while a command runs, before we stop reading.
    package var bufferedOctetsMax = 256 * 1_024
    /// Messages that cannot be read before a command over many is given up: then it is the disk, which may take seconds
    /// to say so of each.
    package var unreadableMessagesMax = 1_000
    /// How long a client may take nothing of what it asked for: its answer holds memory, and nothing can be said to it.
    package var writeTimeout: Duration = .seconds(5 * 60)

    package init() {}

    /// Octets of the small messages of one APPEND that are held in memory until the last has come; the others wait in
    /// the spool. A thousand of them would be more than a hundred MiB, for one of many connections.
    static let appendInlineOctetsMax = 2 * 1_024 * 1_024
    /// How long a goodbye may take to leave.
    static let farewellTimeout: Duration = .seconds(10)
    /// Messages whose bytes are looked at in one visit to a reader lane.
    static let batchMessagesMax = 64
    /// Messages of which only what is kept beside them is looked at.
    static let batchRowsMax = 512
    /// Room for the answers made in one visit to a reader lane. Buffers have a power of two of octets, and one of twice
    /// the size is worse: it does not stay in a processor's own cache until it is sent.
    static let answerOctetsMax = 256 * 1_024
    /// Octets of answer after which no other message is begun in one visit.
    static let batchOctetsMax = Self.answerOctetsMax - 16 * 1_024
    /// Octets of a large body made into one buffer.
    static let chunkOctetsMax = Self.answerOctetsMax - 4 * 1_024
    /// Messages looked at in memory for one piece of an answer, which ``batchOctetsMax`` may end earlier.
    static let sliceMessagesMax = 10_000
    /// Changes of a mailbox told on the event loop at once: with the longest keywords each may take 8 KiB, and every
    /// session that has the mailbox open tells them. More of them are told in pieces, by a task.
    static let newsAtOnceMax = 256
    /// Messages judged by a search in one visit to a reader lane, and octets of body searched.
    static let searchMessagesMax = 256
    static let searchOctetsMax = 4 * 1_024 * 1_024
}
