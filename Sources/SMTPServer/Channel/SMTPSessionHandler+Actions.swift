internal import Listener
internal import MailTypes
internal import NIOCore
internal import Reception
internal import SMTPWire
internal import Telemetry
internal import Trace

/// How the machine's wishes are carried out.
extension SMTPSessionHandler {
    func perform(_ first: SMTPSessionStateMachine.Action) {
        var next: SMTPSessionStateMachine.Action? = first
        while let action = next {
            self.traceRefused()
            next = self.carryOut(action)
        }
    }

    /// - Returns: what the machine wants next, when the action was done at once.
    private func carryOut(_ action: SMTPSessionStateMachine.Action) -> SMTPSessionStateMachine.Action? {
        switch action {
        case .reply(let reply):
            self.write(reply)
            self.readCommands()
        case .replies(let replies):
            for reply in replies { self.write(reply) }
            self.readCommands()
        case .repliesThenClose(let replies):
            for reply in replies { self.write(reply) }
            self.closeAfterFlush()
        case .close:
            self.closeAfterFlush()
        case .checkSender(let sender):
            // The time counts from MAIL on, however long the text takes. RFC 2852 §4.1.
            self.deliverBy = self.machine.deliverBy.map { DeliverBy($0, from: self.service.reception.now) }
            return self.machine.senderChecked(self.service.reception.refusal(of: sender, client: self.client))
        case .checkRecipient(let recipient):
            return self.machine.recipientChecked(self.verdict(for: recipient))
        case .receiveMessage(let reply):
            self.write(reply)
            self.beginMessage()
            self.framer.resume(.dataBody)
        case .receiveChunk(let octets, let isFirst, let isLast):
            if isFirst { self.beginMessage() }
            self.framer.resume(.bdat(octets: octets, isFirst: isFirst, isLast: isLast))
        case .discardChunk(let octets):
            self.abandonMessage()
            self.framer.resume(.bdat(octets: octets, isFirst: true, isLast: true))
        case .deliver:
            self.deliver()
        case .startTLS(let reply):
            return self.startTLS(reply)
        case .authenticate(let mechanism, let initialResponse):
            self.beginLogin(mechanism, initialResponse)
        }
        return nil
    }

    private func verdict(for recipient: EnvelopeRecipient) -> RecipientVerdict {
        let verdict = self.service.reception.verdict(for: recipient, client: self.client)
        if case .refused(let reply) = verdict {
            self.service.journal.record(
                self.info.id,
                .recipientRefused,
                (.reversePath, self.machine.sender?.reversePath.description ?? ""),
                (.recipient, recipient.path.description),
                (.reply, reply.description)
            )
        }
        return verdict
    }

    /// Commands follow; a message that was not finished is gone.
    private func readCommands() {
        if self.framer.isStopped { self.framer.resume(.commands) }
        if self.machine.sender == nil { self.abandonMessage() }
    }
}
