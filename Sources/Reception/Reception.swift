package import Directory
package import Filing
package import Logging
package import MailQueue
package import MailStore
package import MailTypes
package import NIOCore
package import SMTPWire
package import Storage
internal import Synchronization
internal import Telemetry
package import Trace

/// Decides whose mail we take and puts each message where it belongs before anyone is told that we have it.
///
/// Recipients whose mailbox is here get the message inside the client's transaction; the rest is queued. The client
/// hears of success only when all of it is on the disk.
///
/// Invariants:
/// 1. An answer of success means that each recipient's copy is stored or queued durably, and nothing else does.
/// 2. After any other answer nothing is kept of what the client would send again. The one exception is a message with
///    recipients here only, some of whom could be stored while the queue takes nothing (RFC 5321 §4.5.3.2.6 has the
///    client bear that).
/// 3. Over LMTP each recipient is answered for by itself, and a failed one is queued only if an alias leads from it to
///    mail that is queued as well: else the client keeps it.
/// 4. A message that was in hand when the program crashed is queued before anything looks into it (lesson 5).
package final class Reception: Sendable {
    let directory: Directory
    let store: MailStore
    let filing: Filing
    let queue: MailQueue
    let spool: Spool
    let journal: TraceJournal
    let flights: FlightRecorder?
    let clock: any WallClock
    let log: Logger
    private let currentOptions: Mutex<ReceptionOptions>
    private let currentChecker: Mutex<SenderChecker?>
    private let dates = DateText()
    private let lanes = WorkLanes("reception", count: 2)

    package init(
        _ options: ReceptionOptions,
        services: ReceptionServices,
        clock: any WallClock,
        log: Logger
    ) {
        self.currentOptions = Mutex(options)
        self.directory = services.directory
        self.store = services.store
        self.filing = services.filing
        self.queue = services.queue
        self.spool = services.spool
        self.journal = services.journal
        self.flights = services.flights
        self.currentChecker = Mutex(services.checker)
        self.clock = clock
        self.log = log
    }

    package var now: Instant { self.clock.now }

    package var options: ReceptionOptions { self.currentOptions.withLock { $0 } }

    /// `nil` when senders are not checked.
    var checker: SenderChecker? { self.currentChecker.withLock { $0 } }

    /// Goes by other options from the next command on.
    ///
    /// - Parameter checker: for senders, when one is needed now; `nil` leaves what there is.
    package func reconfigure(_ options: ReceptionOptions, checker: SenderChecker? = nil) {
        if let checker { self.currentChecker.withLock { $0 = checker } }
        self.currentOptions.withLock { $0 = options }
    }

    /// Whether a peer's address is in a trusted network.
    package func isTrusted(_ address: SocketAddress) -> Bool {
        self.currentOptions.withLock { $0.trustedNetworks.contains(address) }
    }

    // MARK: - The envelope

    /// Judges a sender: a user writes from their own addresses only. RFC 6409 §6.1.
    ///
    /// - Returns: the refusal; `nil` when the sender may send.
    package func refusal(of sender: EnvelopeSender, client: ReceptionClient) -> SMTPReply? {
        guard let user = client.user, let address = sender.reversePath.address else { return nil }
        return self.directory.owns(user, address) ? nil : ReceptionReplies.senderNotOwned
    }

    /// Judges a recipient, from memory and at once.
    package func verdict(for recipient: EnvelopeRecipient, client: ReceptionClient) -> RecipientVerdict {
        switch self.directory.resolve(recipient.path) {
        case .unknownUser:
            return .refused(ReceptionReplies.unknownUser)
        case .suspended:
            return .refused(ReceptionReplies.suspended)
        case .notLocal:
            let mayRelay = client.door != .lmtp && (client.isTrusted || client.user != nil)
            guard mayRelay else { return .refused(ReceptionReplies.relayDenied) }
            guard self.hasRoute(recipient.path) else { return .refused(ReceptionReplies.noRoute) }
            return .accepted(AcceptedRecipient(recipient: recipient, accounts: [], others: [recipient]))
        case .local(let accounts, let remote):
            // With several targets the full ones are the queue's business: the others are not to suffer.
            if remote.isEmpty, accounts.allSatisfy({ self.store.isOverQuota($0.account) }) {
                return .refused(self.overQuotaReply)
            }
            // One that leads nowhere at all is refused; of several, the queue tells the sender which ones fail.
            if accounts.isEmpty, !remote.contains(where: { self.hasRoute(.address($0)) }) {
                return .refused(ReceptionReplies.noRoute)
            }
            let others = remote.map { Self.recipient($0, for: recipient) }
            return .accepted(AcceptedRecipient(recipient: recipient, accounts: accounts, others: others))
        }
    }

    private func hasRoute(_ path: ForwardPath) -> Bool {
        guard case .address(let address) = path else { return true }
        return self.options.hasRoute(address)
    }

    var overQuotaReply: SMTPReply {
        self.options.isOverQuotaPermanent ? ReceptionReplies.mailboxFull : ReceptionReplies.mailboxFullForNow
    }

    /// A recipient that stands in for another, with the same wishes. It remembers which one, so that a notice names the
    /// address its sender knows.
    static func recipient(_ address: EmailAddress, for original: EnvelopeRecipient) -> EnvelopeRecipient {
        let path = ForwardPath.address(address)
        let named = path == original.path ? nil : OriginalRecipient.parameter(for: original.path)
        return EnvelopeRecipient(
            path: path,
            notify: original.notify,
            originalRecipient: original.originalRecipient ?? named
        )
    }

    // MARK: - The message

    /// Writes what stands before the message, so that its bytes are received behind it and never moved.
    package func begin(
        _ sender: EnvelopeSender,
        _ recipients: [AcceptedRecipient],
        client: ReceptionClient,
        into buffer: inout ByteBuffer
    ) -> MessageFront {
        let id = self.journal.makeID()
        let now = self.clock.now
        let header = TraceHeader(hostName: self.currentOptions.withLock { $0.hostName })
        let written = header.write(
            id,
            date: self.dates.text(of: now),
            client: client,
            sender: sender,
            returnPath: recipients.contains { !$0.accounts.isEmpty },
            recipient: recipients.count == 1 ? recipients[0].recipient.path : nil,
            into: &buffer
        )
        return MessageFront(
            id: id,
            receivedAt: now,
            returnPathOctets: written.returnPathOctets,
            octets: written.octets
        )
    }

    /// Takes a message, or refuses it.
    ///
    /// - Parameter completion: called once, on any thread, when every recipient's copy is durable or the message is
    ///   refused.
    package func accept(
        _ message: IncomingMessage,
        completion: @escaping @Sendable (ReceptionAnswer) -> Void
    ) {
        precondition(!message.recipients.isEmpty, "a message without recipients came to reception")
        switch message.content {
        case .inline:
            self.part(message, completion)
        case .file:
            self.onLane { self.part(message, completion) }
        }
    }

    /// Runs what takes too long for an event loop.
    func onLane(_ work: @escaping @Sendable () -> Void) {
        self.lanes.run(work)
    }

    /// Keeps the message apart from what we wrote before it.
    private func part(_ message: IncomingMessage, _ completion: @escaping @Sendable (ReceptionAnswer) -> Void) {
        let front = message.front.octets
        let start: MessageStart
        do {
            start = try message.content.withBytes { MessageStart($0.extracting(front...)) }
        } catch {
            Acceptance(self, options: self.options).fail(message, error, completion)
            return
        }
        guard start != .header else {
            self.examine(message, completion)
            return
        }
        var separator = ByteBuffer()
        separator.writeStaticString(start.separator)
        let edit = MessageEdit(position: front, insertion: separator, cuts: [])
        Acceptance(self, options: self.options).apply(edit, to: message, completion) {
            self.partingEnded($0, completion)
        }
    }

    private func partingEnded(_ message: IncomingMessage, _ completion: @escaping @Sendable (ReceptionAnswer) -> Void) {
        switch message.content {
        case .inline:
            self.examine(message, completion)
        case .file:
            // The thread that told is the spool's.
            self.onLane { self.examine(message, completion) }
        }
    }

    private func examine(_ message: IncomingMessage, _ completion: @escaping @Sendable (ReceptionAnswer) -> Void) {
        let acceptance = Acceptance(self, options: self.options)
        let front = message.front
        let fingerprint: UInt64
        do {
            fingerprint = try message.content.withBytes { bytes in
                FlightRecorder.fingerprint(of: bytes.extracting(front.octets...))
            }
        } catch {
            acceptance.fail(message, error, completion)
            return
        }
        if let flights = self.flights, flights.isSuspect(fingerprint: fingerprint) {
            flights.markSuspect(front.id, fingerprint: fingerprint)
            acceptance.queueUnread(message, completion)
            return
        }
        let slot = self.flights?.begin(
            .reception,
            message: front.id,
            fingerprint: fingerprint,
            peer: message.client.peer
        )
        // Debug builds only. What cannot be read here is found by the acceptance.
        _ = try? message.content.withBytes { CrashMarker.trip(in: $0) }
        acceptance.begin(message) { [flights] answer in
            if let slot { flights?.end(slot) }
            completion(answer)
        }
    }

    func dateText(of instant: Instant) -> String { self.dates.text(of: instant) }
}

/// What reception works with.
package struct ReceptionServices: Sendable {
    package var directory: Directory
    package var store: MailStore
    package var filing: Filing
    package var queue: MailQueue
    /// For large messages that are put in order; the one the servers receive into.
    package var spool: Spool
    package var journal: TraceJournal
    /// `nil` when crashes are not recorded.
    package var flights: FlightRecorder?
    /// `nil` when senders are not checked.
    package var checker: SenderChecker?

    package init(
        directory: Directory,
        store: MailStore,
        filing: Filing,
        queue: MailQueue,
        spool: Spool,
        journal: TraceJournal,
        flights: FlightRecorder?,
        checker: SenderChecker? = nil
    ) {
        self.directory = directory
        self.store = store
        self.filing = filing
        self.queue = queue
        self.spool = spool
        self.journal = journal
        self.flights = flights
        self.checker = checker
    }
}
