internal import MailQueue
internal import MailTypes
internal import SMTPWire

/// What follows from an attempt for one recipient.
struct Verdict: Sendable {
    /// What the sender is told.
    enum Notice: Hashable, Sendable {
        case failed
        case delayed
        case delivered
        case relayed
        /// Not the sender, who does not exist, but the postmaster.
        case doubleBounce
    }

    /// The rules by which mail ends without anybody being told. Their names stand in the trace.
    enum DiscardRule: String, Hashable, Sendable {
        /// It is a notice itself. RFC 5321 §6.1.
        case nullSender = "null-sender"
        /// Its sender asked not to be told. RFC 3461 §4.1.
        case notifyNever = "notify-never"
        /// Its recipient's script says so. RFC 5228 §4.4.
        case script
    }

    /// Why mail that could still be tried is not. The names stand in the trace.
    enum Expiry: String, Hashable, Sendable {
        /// It has been in the queue for as long as mail may be. RFC 5321 §4.5.4.1.
        case queueTime = "expired"
        /// The time its sender set is over. RFC 2852 §4.1.
        case deliverBy = "deliver-by"

        /// RFC 3463 §3.5.
        var status: EnhancedStatus {
            switch self {
            case .queueTime: EnhancedStatus(4, 4, 7)
            case .deliverBy: EnhancedStatus(5, 4, 7)
            }
        }
    }

    var attempt: AttemptOutcome
    var outcome: RecipientOutcome
    var notice: Notice?
    var rule: DiscardRule?
    var expiry: Expiry?
    var nextAttempt: Instant?
    /// What the notice says instead of the attempt's status: time was what counted. RFC 3463 §3.5.
    var status: EnhancedStatus?

    init(_ attempt: AttemptOutcome, _ outcome: RecipientOutcome, notice: Notice? = nil) {
        self.attempt = attempt
        self.outcome = outcome
        self.notice = notice
    }

    /// For the trace: `expired, null-sender`.
    var discardReason: String {
        [self.expiry?.rawValue, self.rule?.rawValue].compactMap(\.self).joined(separator: ", ")
    }

    mutating func discard(_ rule: DiscardRule) {
        self.outcome = .discarded
        self.rule = rule
        self.notice = nil
    }
}

/// What a sender wants to hear about one recipient. RFC 3461 §4.1: without NOTIFY, failures, and delays if we like.
struct NoticeWishes: Hashable, Sendable {
    let success: Bool
    let failure: Bool
    let delay: Bool
    /// That it was handed on where nobody answers for the time set. Only NEVER is against it. RFC 2852 §4.1.
    let relay: Bool

    init(_ notify: DSNNotify?, sender: ReversePath) {
        let isHeard = sender != .null && !(notify?.contains(.never) ?? false)
        self.relay = isHeard
        self.success = isHeard && notify?.contains(.success) ?? false
        self.failure = isHeard && notify?.contains(.failure) ?? true
        self.delay = isHeard && notify?.contains(.delay) ?? true
    }
}

extension AttemptOutcome {
    /// The reply for records and notices: a hostile host's pages of text are cut.
    var replyText: String {
        let text = self.reply.description
        return text.utf8.count <= 1_000 ? text : String(text.prefix(1_000))
    }
}
