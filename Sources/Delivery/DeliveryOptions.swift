package import MailTypes

/// How mail is sent on, from the configuration. Can be replaced while it runs.
package struct DeliveryOptions: Hashable, Sendable {
    /// Our name: in EHLO, and in notices.
    package var hostName: String
    /// How long a recipient waits after its first, second, … failed attempt; the last one repeats.
    package var retryDelays = RetrySchedule.standard
    /// Age at which mail that could not be delivered goes back. RFC 5321 §4.5.4.1 asks for four to five days.
    package var expiresAfter = Duration.seconds(5 * 86_400)
    /// Age at which the sender is told of a delay; `nil` means never.
    package var delayNoticeAfter: Duration? = .seconds(4 * 3_600)
    /// Transactions at a time to a next hop nothing is known of.
    package var concurrencyStart = 5
    /// Transactions at a time to one next hop at most.
    package var concurrencyMax = 20
    /// Connections to all next hops together.
    package var connectionsMax = 200
    /// Messages over one connection before a new one is made.
    package var messagesPerConnection = 1_000
    /// Recipients in one transaction. RFC 5321 §4.5.3.1.8 lets a server refuse more than 100.
    package var recipientsMax = 100
    package var connectTimeout = Duration.seconds(30)
    /// The longest a server may take for an answer; each step has its own time below it. RFC 5321 §4.5.3.2.
    package var replyTimeoutMax = Duration.seconds(600)
    /// How long an unused connection is kept for the next message.
    package var idleTimeout = Duration.seconds(15)
    /// How long one connection is used: a server behind a balancer gets its share anew.
    package var connectionAgeMax = Duration.seconds(300)
    /// How long a host that cannot be reached is left alone at first; doubled at each failure.
    package var deadHostDelay = Duration.seconds(30)
    package var deadHostDelayMax = Duration.seconds(600)
    /// How long our own part of a local delivery may take before it counts as a fault of the message. Lesson 5.
    package var stageTimeout = Duration.seconds(600)
    /// Notices return the whole message up to so many octets, else its header only.
    package var returnedOctetsMax = 64 * 1_024
    /// Who gets copies of failed mail that has no sender; `nil` means nobody.
    package var doubleBouncesTo: EmailAddress?
    /// Whether mail for `alice+list` goes to the mailbox `list` where there is one.
    package var filesByDetail = false
    /// A PEM file with the certificates of those who may vouch for a next hop; `nil` means whom the system trusts.
    package var trustedCertificates: String?
    /// Whether passwords may go to a next hop over a connection without TLS.
    package var allowsPlaintextLogin = false

    package init(hostName: String) {
        self.hostName = hostName
    }
}

/// How long to wait after each failed attempt.
package struct RetrySchedule: Hashable, Sendable {
    package var delays: [Duration]

    package init(_ delays: [Duration]) {
        precondition(!delays.isEmpty && delays.allSatisfy { $0 > .zero }, "a retry schedule has a delay")
        self.delays = delays
    }

    /// Soon at first, for hosts that ask to be tried again (greylisting) or restart, then ever less often.
    package static let standard = Self(
        [1, 5, 15, 30, 60, 120, 120, 180, 240].map { Duration.seconds($0 * 60) }
    )

    /// - Parameter attempts: failed attempts before this one.
    package func delay(afterAttempts attempts: Int) -> Duration {
        self.delays[min(max(0, attempts), self.delays.count - 1)]
    }
}
