internal import Logging
internal import MailQueue
internal import MailTypes
internal import NIOCore
internal import SMTPWire
internal import Storage
internal import Telemetry

/// The message's text on its way out, and the next envelope behind it.
extension RelayConnection {
    func sendBody() {
        guard let job = self.job else { preconditionFailure("a text is asked for without a transaction") }
        if self.lane.log.tellsLines {
            self.noteSent(ByteBuffer(string: "(\(job.message.content.octets) octets of text)"))
        }
        switch job.message.content {
        case .inline(let text):
            var stuffer = DotStuffer()
            self.output.reserveCapacity(minimumWritableBytes: text.readableBytes + text.readableBytes / 64 + 512)
            stuffer.write(text, into: &self.output)
            stuffer.finish(into: &self.output)
            self.bodyDone()
        case .file(let file):
            self.flush()
            guard let channel = self.channel else { return }
            let stream = BodyStream(path: file.path, channel: channel, loop: self.lane.loop)
            self.body = stream
            stream.start(
                progressed: { self.lastActivity = .now() },
                ended: { isWhole in self.streamEnded(isWhole) }
            )
        }
    }

    private func streamEnded(_ isWhole: Bool) {
        self.body = nil
        guard self.life == .ready else { return }
        guard isWhole else {
            // The text cannot be ended properly; a broken connection is the only way to take it back.
            self.lose()
            return
        }
        self.bodyDone()
        self.flush()
    }

    private func bodyDone() {
        self.lastActivity = .now()
        self.perform(self.machine.bodySent())
        self.lookAhead()
    }

    /// Sends the next envelope along, if there is one and the server can take it.
    private func lookAhead() {
        guard let idleMachine, idleMachine.capabilities.extensions.contains(.pipelining), !self.isStopRequested,
            !self.isWorn
        else { return }
        while let job = self.destination.nextJob().map(self.portion) {
            var machine = idleMachine
            switch machine.transactionRequested(self.lane.transaction(job)) {
            case .send(var bytes):
                if self.lane.log.tellsLines { self.noteSent(bytes) }
                self.output.writeBuffer(&bytes)
                self.ahead = (machine, job)
                return
            case .finished(let result):
                self.lane.finished(job, result, self)
            default:
                preconditionFailure("a transaction began with neither words nor an end")
            }
        }
    }

    /// It has carried as many messages, the one under way included, or has lived as long, as one connection may.
    var isWorn: Bool {
        self.transactions + (self.job == nil ? 0 : 1) >= self.lane.options.messagesPerConnection
            || NIODeadline.now() - self.openedAt > TimeAmount(self.lane.options.connectionAgeMax)
    }

    var capabilities: SMTPCapabilities { self.machine.capabilities }
}
