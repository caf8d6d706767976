internal import Filing
internal import MailQueue
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import SMTPWire
internal import Storage
internal import Synchronization
internal import Trace

/// Puts queued mail into the mailboxes of this program: all recipients of a message that are here in one operation.
///
/// The mailboxes know the message and its recipients' numbers, so a delivery repeated after a crash is stored once.
final class LocalDeliverer: Sendable {
    /// A recipient and the account it is for.
    struct Target: Sendable {
        var recipient: QueuedRecipient
        var account: AccountID
        /// The account's full name.
        var name: String
        var detail: String?
    }

    private struct UnderWay {
        var begunAt: Instant
        /// When the store is next found to take too long.
        var dueAt: Instant
    }

    private let local: LocalMailboxes
    private let queue: MailQueue
    private let recorder: OutcomeRecorder
    private let flight: FlightRecorder?
    private let spool: Spool
    private let clock: any WallClock
    private let underWay = Mutex<[TimeSortedID: UnderWay]>([:])

    init(
        local: LocalMailboxes,
        queue: MailQueue,
        recorder: OutcomeRecorder,
        flight: FlightRecorder?,
        spool: Spool,
        clock: any WallClock
    ) {
        self.local = local
        self.queue = queue
        self.recorder = recorder
        self.flight = flight
        self.spool = spool
        self.clock = clock
    }

    func deliver(_ message: QueuedMessage, to targets: [Target], _ options: DeliveryOptions) {
        let slot = self.flight?.begin(.delivery, message: message.id, fingerprint: 0, peer: "")
        let now = self.clock.now
        self.underWay.withLock { $0[message.id] = UnderWay(begunAt: now, dueAt: now + options.stageTimeout) }
        Self.tripMarker(message)
        let returnPath = ReturnPath(spool: self.spool)
        returnPath.prepend(message.sender.reversePath, to: message.content) { result in
            switch result {
            case .success(let content):
                self.store(message, content, targets, slot, options)
            case .failure:
                let reply = SMTPReply(451, "4.3.0", "Message could not be prepared for its mailbox")
                let outcomes = targets.map { AttemptOutcome($0.recipient, .failed, reply) }
                self.ended(message, outcomes, slot, options)
            }
        }
    }

    private func store(
        _ message: QueuedMessage,
        _ content: MessageContent,
        _ targets: [Target],
        _ slot: FlightSlot?,
        _ options: DeliveryOptions
    ) {
        let delivery = LocalDelivery(
            content: content,
            internalDate: message.receivedAt,
            traceID: message.id,
            recipients: targets.map { target in
                let named = options.filesByDetail ? target.detail.flatMap { MailboxName($0) } : nil
                let mailbox = target.recipient.isQuarantined ? .junk : named
                return LocalDelivery.Recipient(account: target.account, mailbox: mailbox ?? .inbox)
            },
            custody: .fromQueue(ordinals: targets.map(\.recipient.ordinal))
        )
        let envelope = FilingEnvelope(
            sender: message.sender,
            recipients: targets.map { target in
                FilingEnvelope.Recipient(
                    name: target.name,
                    path: target.recipient.path,
                    notify: target.recipient.notify,
                    originalRecipient: target.recipient.originalRecipient,
                    isQuarantined: target.recipient.isQuarantined
                )
            },
            user: message.origin.authenticatedUser,
            peer: message.origin.peer
        )
        self.local.deliver(delivery, envelope) { results in
            content.discard()
            let outcomes = zip(targets, results).map { Self.outcome($0.recipient, $1) }
            self.ended(message, outcomes, slot, options)
        }
    }

    private func ended(
        _ message: QueuedMessage,
        _ outcomes: [AttemptOutcome],
        _ slot: FlightSlot?,
        _ options: DeliveryOptions
    ) {
        self.underWay.withLock { $0[message.id] = nil }
        if let slot { self.flight?.end(slot) }
        self.recorder.conclude(message, outcomes, options)
    }

    private static func outcome(_ recipient: QueuedRecipient, _ result: DeliveryOutcome) -> AttemptOutcome {
        switch result {
        case .stored(let mailbox, let uid):
            AttemptOutcome(
                recipient,
                .stored(mailbox: mailbox.text, uid: uid.rawValue),
                SMTPReply(250, "2.1.5", "Delivered")
            )
        case .sentOn:
            AttemptOutcome(recipient, .filed(discarded: false), SMTPReply(250, "2.1.5", "Sent on by its script"))
        case .discarded:
            AttemptOutcome(recipient, .filed(discarded: true), SMTPReply(250, "2.1.5", "Discarded by its script"))
        case .rejected(let reason):
            AttemptOutcome(
                recipient,
                .failed,
                SMTPReply(550, EnhancedStatus(5, 7, 1), lines: RejectionText.lines(reason)),
                remark: RejectionText.fitsReply(reason) ? nil : reason
            )
        case .overQuota:
            AttemptOutcome(recipient, .failed, SMTPReply(452, "4.2.2", "Mailbox is full"))
        case .noSuchAccount:
            AttemptOutcome(recipient, .failed, SMTPReply(550, "5.1.1", "No such mailbox"))
        case .failed:
            AttemptOutcome(recipient, .failed, SMTPReply(451, "4.3.0", "Mailbox cannot be written at present"))
        }
    }

    /// Messages whose delivery takes too long are at fault, or so it seems at the third time. Lesson 5.
    func tick(_ options: DeliveryOptions) {
        let now = self.clock.now
        let late = self.underWay.withLock { underWay -> [TimeSortedID] in
            let late = underWay.filter { $0.value.dueAt <= now }.map(\.key)
            for id in late { underWay[id]?.dueAt = now + options.stageTimeout }
            return late
        }
        for id in late { self.queue.noteFault(id, reason: "its delivery to a mailbox did not end in time") }
    }

    /// Deliveries that have not ended.
    var isIdle: Bool { self.underWay.withLock { $0.isEmpty } }

    /// In debug builds a test can have its message trap here.
    private static func tripMarker(_ message: QueuedMessage) {
        #if DEBUG
        // A body that cannot be read is found out when it is stored.
        _ = try? message.content.withBytes { CrashMarker.trip(in: $0) }
        #endif
    }
}
