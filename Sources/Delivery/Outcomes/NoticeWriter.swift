internal import Logging
internal import MIME
internal import MailBytes
internal import MailQueue
internal import MailTypes
internal import NIOCore
internal import Storage
internal import Telemetry
internal import Trace

/// Writes the notices that go back to a message's sender: one for all recipients of an attempt that share its kind.
/// RFC 3464, RFC 3461 §6.
struct NoticeWriter: Sendable {
    /// What stands as the peer of a notice to the postmaster, so that it is never the cause of another.
    static let doubleBounceOrigin = "double-bounce"

    let trace: TraceJournal
    let clock: any WallClock
    let sign: DeliveryService.Services.Sign
    let logger: Logger

    /// Blocks on the disk when the message is a file.
    func write(
        about message: QueuedMessage,
        _ verdicts: [Verdict],
        _ options: DeliveryOptions
    ) -> [NewQueuedMessage] {
        var notices: [NewQueuedMessage] = []
        // The order is that of importance; success notices of both kinds share a message.
        for kinds: Set<Verdict.Notice> in [[.failed], [.doubleBounce], [.delayed], [.delivered, .relayed]] {
            let concerned = verdicts.filter { $0.notice.map(kinds.contains) ?? false }
            guard !concerned.isEmpty else { continue }
            if let notice = self.write(about: message, concerned, options) { notices.append(notice) }
        }
        return notices
    }

    private func write(
        about message: QueuedMessage,
        _ verdicts: [Verdict],
        _ options: DeliveryOptions
    ) -> NewQueuedMessage? {
        let kind = verdicts[0].notice
        let isDoubleBounce = kind == .doubleBounce
        guard let addressee = isDoubleBounce ? options.doubleBouncesTo : message.sender.reversePath.address else {
            return nil
        }
        let id = self.trace.makeID()
        let now = self.clock.now
        let retryUntil = Self.triedUntil(message, options)
        var report = DeliveryStatusReport(
            reportingHost: options.hostName,
            sender: addressee,
            messageID: "<\(id)@\(options.hostName)>",
            date: now,
            recipients: verdicts.map { Self.reported($0, at: now, retryUntil: retryUntil) }
        )
        report.envelopeID = message.sender.envelopeID
        report.arrivedAt = message.receivedAt
        report.deliverBy = message.sender.deliverBy?.deadline
        report.isInternationalized = message.sender.isInternationalized
        let returnsAll =
            (kind == .failed || isDoubleBounce) && message.sender.dsnReturn != .headers
            && message.content.octets <= options.returnedOctetsMax
        report.returned = returnsAll ? .full : .headers
        let text = self.signed(self.build(report, message.content), id, options)
        self.trace.record(
            id,
            .queued,
            (.reversePath, ""),
            (.recipient, addressee.description),
            (.messageID, report.messageID),
            (.reason, "notice about \(message.id)")
        )
        var sender = EnvelopeSender(reversePath: .null)
        sender.isEightBit = !UTF8Text.isASCII(text.readableBytesUInt8Span)
        sender.isInternationalized = message.sender.isInternationalized && !Self.isASCII(addressee)
        return NewQueuedMessage(
            id: id,
            sender: sender,
            // RFC 3461 §6.2: a notice asks for none about itself.
            recipients: [EnvelopeRecipient(path: .address(addressee), notify: isDoubleBounce ? nil : .never)],
            content: .inline(text),
            receivedAt: now,
            origin: MessageOrigin(peer: isDoubleBounce ? Self.doubleBounceOrigin : "")
        )
    }

    /// A body that cannot be read must not keep its sender from being told: the notice then goes without it.
    private func build(_ report: DeliveryStatusReport, _ content: MessageContent) -> ByteBuffer {
        do {
            return try content.withBytes { report.build(original: $0) }
        } catch {
            let nothing: [UInt8] = []
            return report.build(original: nothing.span)
        }
    }

    /// A notice that cannot be signed goes without: its reader would rather doubt it than not have it, and a key that
    /// fails once fails the next time too.
    private func signed(_ notice: ByteBuffer, _ id: TimeSortedID, _ options: DeliveryOptions) -> ByteBuffer {
        do {
            var signed = ByteBuffer(bytes: try self.sign(notice, Domain(options.hostName)))
            signed.writeImmutableBuffer(notice)
            return signed
        } catch {
            self.logger.error(
                "A notice goes out unsigned",
                metadata: Logger.Metadata([.message: id.description, .error: "\(error)"])
            )
            return notice
        }
    }

    private static func reported(_ verdict: Verdict, at now: Instant, retryUntil: Instant) -> ReportedRecipient {
        let action: ReportedRecipient.Action =
            switch verdict.notice {
            case .delayed: .delayed
            case .delivered: .delivered
            case .relayed: .relayed
            case .failed, .doubleBounce, nil: .failed
            }
        let attempt = verdict.attempt
        var reported = ReportedRecipient(
            finalRecipient: attempt.recipient.path.description,
            action: action,
            status: verdict.status ?? attempt.status
        )
        reported.originalRecipient = attempt.recipient.originalRecipient
        reported.remoteHost = attempt.speaker
        if action != .delivered { reported.diagnostic = attempt.replyText }
        if action == .failed { reported.remark = attempt.remark }
        if attempt.wasTried { reported.lastAttempt = now }
        if action == .delayed { reported.willRetryUntil = retryUntil }
        return reported
    }

    /// When it goes back: at its age, or before that when the time is over that its sender set. RFC 2852 §4.1.
    private static func triedUntil(_ message: QueuedMessage, _ options: DeliveryOptions) -> Instant {
        let expiry = message.receivedAt + options.expiresAfter
        guard let deliverBy = message.sender.deliverBy, deliverBy.mode == .giveBack else { return expiry }
        return min(expiry, deliverBy.deadline)
    }

    private static func isASCII(_ address: EmailAddress) -> Bool {
        address.description.utf8.allSatisfy { $0 < 0x80 }
    }
}
