/// Everything that can happen to a connection or a message, as the trace names it.
///
/// The catalogue is closed on purpose: a tool that reads the trace can know every word in it.
package enum TraceEvent: String, Sendable, CaseIterable {
    // A connection.
    case connected
    case refused
    case tlsStarted = "tls-started"
    case authenticated
    case authenticationFailed = "authentication-failed"
    case disconnected

    // A message on its way in.
    case recipientRefused = "recipient-refused"
    case messageRefused = "message-refused"
    case senderChecked = "sender-checked"
    case messageAccepted = "message-accepted"

    // A recipient's custody, from acceptance to its final state.
    case queued
    case stored
    case filed
    case attemptFailed = "attempt-failed"
    case delayed
    case relayed
    case bounced
    case discarded
    case parked

    // What the postmaster did to a recipient that was queued.
    case flushed
    case held
    case released
    case requeued
    case deleted

    // The program itself.
    case workerDied = "worker-died"
    case noProgress = "no-progress"
}

extension TraceEvent {
    /// The part of the program whose log tells it, at the level `debug`.
    package var component: Component {
        switch self {
        case .connected, .refused, .tlsStarted, .authenticated, .authenticationFailed, .disconnected: .listener
        case .recipientRefused, .messageRefused, .senderChecked, .messageAccepted: .reception
        case .queued, .stored, .filed, .attemptFailed, .delayed, .relayed, .bounced, .discarded: .delivery
        case .parked, .flushed, .held, .released, .requeued, .deleted, .noProgress: .queue
        case .workerDied: .system
        }
    }
}

/// The names of a trace record's fields.
package enum TraceKey: String, Sendable, CaseIterable {
    case session
    case listener
    case peer
    case helo
    case tls
    case mechanism
    case user
    case reversePath = "from"
    case recipient = "to"
    case messageID = "message-id"
    case size
    case account
    case mailbox
    case uid
    case host
    case reply
    case status
    case reason
    case attempt
    case nextAttempt = "next-attempt"
    case queue
    case stage
    case count
    case spf
    case dkim
    case dmarc
    case arc
}
