internal import Listener
internal import Logging
internal import MailTypes
internal import NIOCore
internal import Reception
internal import SMTPWire
internal import Storage
internal import Telemetry

/// How message text is taken in and given to reception.
extension SMTPSessionHandler {
    func beginMessage() {
        guard let sender = self.machine.sender else { preconditionFailure("a message has an envelope") }
        var buffer = ByteBuffer()
        let expected = min(sender.declaredSize ?? 0, MessageContentLimits.inlineMax)
        buffer.reserveCapacity(max(expected + 1_024, SMTPSessionLimits.messageOctetsExpected))
        let front = self.service.reception.begin(
            sender,
            self.machine.recipients,
            client: self.client,
            into: &buffer
        )
        self.receiver = MessageReceiver(front: front, buffer: buffer)
    }

    /// What came in of a message is not wanted any more.
    func abandonMessage() {
        self.receiver?.abandon()
        self.receiver = nil
    }

    /// Takes waiting text.
    ///
    /// - Returns: whether the message or chunk ended with it.
    func takeBody() -> Bool {
        // The receiver's buffer is held here alone, so that text is added to it in place.
        guard var receiver = self.receiver.take() else { return self.discardText() }
        let before = receiver.buffer.readableBytes
        let progress = self.framer.takeBody(into: &receiver.buffer)
        let count = receiver.buffer.readableBytes - before
        receiver.received(count, octetsMax: self.machine.options.messageOctetsMax)
        self.receiver = receiver
        if receiver.mustSpill { self.spill() }
        guard case .ended(let verdict) = progress else { return false }
        self.bodyEnded(verdict)
        return true
    }

    /// A chunk nobody wants.
    private func discardText() -> Bool {
        var text = ByteBuffer()
        guard case .ended = self.framer.takeBody(into: &text) else { return false }
        self.perform(self.machine.chunkDiscarded())
        return true
    }

    private func bodyEnded(_ verdict: SMTPBodyVerdict) {
        self.noteText(octets: self.receiver?.octets ?? 0)
        if verdict == .bareLineEnd { self.receiver?.refuse(.bareLineEnd) }
        let outcome: SMTPSessionStateMachine.BodyOutcome = self.receiver?.refusal.map { .refused($0) } ?? .whole
        if case .receivingMessage = self.machine.state {
            self.perform(self.machine.messageEnded(outcome))
        } else {
            self.perform(self.machine.chunkEnded(outcome))
        }
    }

    private func spill() {
        guard let (writer, bytes) = self.receiver?.takeSpill(from: self.service.spool) else { return }
        let session = NIOLoopBound(self, eventLoop: self.eventLoop)
        let id = self.receiver?.front.id
        writer.append(bytes) { [eventLoop] error in
            eventLoop.execute {
                let session = session.value
                guard session.receiver?.front.id == id else { return }
                if let error, session.receiver?.refusal == nil { session.noteSpoolFailure(error, id) }
                session.receiver?.spilled(bytes.readableBytes, error: error)
                session.releaseReads()
            }
        }
    }

    // MARK: - Delivery

    func deliver() {
        guard var receiver = self.receiver.take() else { preconditionFailure("a message is delivered that never came") }
        self.isWaiting = true
        // Only chunks can leave a last line open. All who hand it on must end it, and all then name the same size.
        if !receiver.endsLine { receiver.buffer.writeStaticString("\r\n") }
        let front = receiver.front
        guard let writer = receiver.writer else {
            self.accept(front, .inline(receiver.buffer))
            return
        }
        if receiver.buffer.readableBytes > 0 {
            // A failed write is what `finish` reports.
            writer.append(receiver.buffer) { _ in }
        }
        let session = NIOLoopBound(self, eventLoop: self.eventLoop)
        writer.finish { [eventLoop] result in
            eventLoop.execute {
                switch result {
                case .success(let file): session.value.spoolFinished(front, file)
                case .failure(let error): session.value.spoolFailed(front, error)
                }
            }
        }
    }

    private func spoolFinished(_ front: MessageFront, _ file: SpoolFile) {
        guard !self.isClosing else {
            file.discard()
            self.traceRefused(nil)
            return
        }
        self.accept(front, .file(file))
    }

    private func spoolFailed(_ front: MessageFront, _ error: any Error) {
        self.noteSpoolFailure(error, front.id)
        let isDiskFull = (error as? StorageError)?.code == .diskFull
        let reply: SMTPReply = isDiskFull ? .insufficientStorage : .localError
        self.traceRefused(reply)
        let isLMTP = self.service.options.door == .lmtp
        self.answered(isLMTP ? .each(self.machine.recipients.map { _ in reply }) : .whole(reply))
    }

    private func noteSpoolFailure(_ error: any Error, _ message: TimeSortedID?) {
        self.service.log.error(
            "a message could not be kept while it came in",
            metadata: .init([
                .session: self.info.id.description, .message: message?.description ?? "", .error: "\(error)",
            ])
        )
    }

    private func accept(_ front: MessageFront, _ content: MessageContent) {
        guard var sender = self.machine.sender else { preconditionFailure("a message has an envelope") }
        sender.deliverBy = self.deliverBy
        let message = IncomingMessage(
            sender: sender,
            recipients: self.machine.recipients,
            client: self.client,
            front: front,
            content: content
        )
        let session = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.service.reception.accept(message) { [eventLoop] answer in
            eventLoop.execute { session.value.answered(answer) }
        }
    }

    private func answered(_ answer: ReceptionAnswer) {
        guard !self.isClosing else { return }
        self.perform(self.machine.deliveryFinished(answer))
        self.goOn()
    }

    /// What was waited for is there: the commands behind it are next.
    func goOn() {
        self.isWaiting = false
        self.advance()
        self.flush()
        self.startTimer()
    }
}
