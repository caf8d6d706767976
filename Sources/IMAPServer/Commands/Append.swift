internal import Filing
internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import Sessions
internal import Storage

/// An APPEND whose messages are coming in: nothing is kept before all are here. RFC 3502.
struct AppendInProgress {
    /// The message whose bytes are being read.
    enum Incoming {
        case none
        /// Small: collected in memory.
        case inline(ByteBuffer)
        /// Large, or one of so many that they are large together: written to the spool as it comes.
        case spooled(SpoolWriter)
    }

    var tag: String
    var mailbox: MailboxSummary?
    var messages: [NewMessage] = []
    /// Octets of those that are kept in memory, the one being read included.
    var inlineOctets = 0
    var announced = AppendMessage(octets: 0)
    var incoming = Incoming.none
    /// Why it has failed already; what still comes is read and thrown away.
    var failure: Reply?
}

/// APPEND: messages a client brings along. RFC 9051 §6.3.12, RFC 3502, RFC 4315, RFC 7889.
extension IMAPConnection {
    /// Small pieces are collected at once; whatever touches the disk becomes work.
    func appendReceived(_ frame: IMAPFrame) -> IMAPWork? {
        switch frame {
        case .appendBegan(let request, let message, _):
            self.noteReceived("\(request.tag) APPEND \(request.mailbox.name) (\(message.octets) octets)")
            guard !self.endsWithAccount() else {
                self.framer.refuseLiteral()
                return nil
            }
            let action = self.machine.appendReceived()
            guard action == .perform else {
                self.framer.refuseLiteral()
                self.answer(request.tag, action)
                return nil
            }
        case .appendContinued(let message, let isSynchronizing):
            self.noteReceived("(\(message.octets) octets more to APPEND)")
            self.beginMessage(message, isSynchronizing: isSynchronizing)
            return nil
        case .appendChunk(let bytes):
            if self.collect(bytes) { return nil }
        default:
            break
        }
        return .append(frame)
    }

    func performAppend(_ frame: IMAPFrame) async {
        switch frame {
        case .appendBegan(let request, let message, let isSynchronizing):
            await self.beginAppend(request, message, isSynchronizing: isSynchronizing)
        case .appendChunk(let bytes):
            await self.spool(bytes)
        case .appendMessageEnded:
            await self.endMessage()
        case .appendEnded:
            await self.endAppend()
        default:
            break
        }
    }

    /// Throws away what a given-up APPEND had brought.
    func abandonAppend() {
        guard let append = self.append else { return }
        self.append = nil
        if case .spooled(let writer) = append.incoming { writer.cancel() }
        Self.discard(append.messages)
    }

    private static func discard(_ messages: [NewMessage]) {
        for message in messages { message.content.discard() }
    }

    // MARK: - The steps

    /// What can be refused is refused before the client sends the message.
    private func beginAppend(_ request: AppendRequest, _ message: AppendMessage, isSynchronizing: Bool) async {
        var append = AppendInProgress(tag: request.tag)
        do {
            append.mailbox = try await self.destination(request.mailbox)
            if self.service.store.isOverQuota(try self.account) { throw MailStoreError.overQuota }
        } catch {
            append.failure = self.reply(to: error)
        }
        self.append = append
        self.beginMessage(message, isSynchronizing: isSynchronizing)
    }

    private func beginMessage(_ message: AppendMessage, isSynchronizing: Bool) {
        guard var append = self.append else { return }
        if message.octets == 0, append.failure == nil { append.failure = .emptyMessage }
        if let failure = append.failure {
            self.append = append
            self.abandonAppend()
            self.framer.refuseLiteral()
            self.output.writeReply(append.tag, failure)
            return
        }
        append.announced = message
        if message.octets <= MessageContentLimits.inlineMax,
            append.inlineOctets + message.octets <= IMAPSessionLimits.appendInlineOctetsMax
        {
            append.inlineOctets += message.octets
            var buffer = ByteBuffer()
            buffer.reserveCapacity(message.octets)
            append.incoming = .inline(buffer)
        } else {
            append.incoming = .spooled(self.service.spool.begin())
        }
        self.append = append
        if isSynchronizing { self.output.writeContinuation() }
        self.framer.acceptLiteral()
    }

    private func collect(_ bytes: ByteBuffer) -> Bool {
        guard case .inline(var buffer) = self.append?.incoming else { return false }
        self.append?.incoming = .none
        buffer.writeImmutableBuffer(bytes)
        self.append?.incoming = .inline(buffer)
        return true
    }

    private func spool(_ bytes: ByteBuffer) async {
        guard case .spooled(let writer) = self.append?.incoming, self.append?.failure == nil else { return }
        let error = await withCheckedContinuation { continuation in
            writer.append(bytes) { continuation.resume(returning: $0) }
        }
        if let error { self.append?.failure = self.reply(to: error) }
    }

    private func endMessage() async {
        guard let append = self.append else { return }
        var content: MessageContent?
        switch append.incoming {
        case .none: break
        case .inline(let buffer): content = .inline(buffer)
        case .spooled(let writer):
            let result = await withCheckedContinuation { continuation in
                writer.finish { continuation.resume(returning: $0) }
            }
            switch result {
            case .success(let file): content = .file(file)
            case .failure(let error): self.append?.failure = append.failure ?? self.reply(to: error)
            }
        }
        self.append?.incoming = .none
        guard let content else { return }
        self.append?.messages.append(
            NewMessage(
                content: content,
                flags: append.announced.flags.system,
                keywords: append.announced.flags.keywords,
                internalDate: append.announced.internalDate ?? self.service.clock.now
            )
        )
    }

    private func endAppend() async {
        guard let append = self.append else { return }
        self.append = nil
        var reply: Reply
        do {
            guard append.failure == nil, let mailbox = append.mailbox else { throw append.failure ?? .tryCreate }
            let result = try await self.service.store.append(append.messages, to: mailbox.id, of: try self.account)
            await self.runScript(.append, in: mailbox.id, result.uids)
            reply = Reply(.ok, .appendUID(result.uidValidity, result.uids), "APPEND completed")
        } catch MailStoreError.noSuchMailbox {
            reply = .tryCreate
        } catch {
            reply = self.reply(to: error)
        }
        Self.discard(append.messages)
        // A client that has the mailbox open is told of its new messages before the answer. RFC 9051 §6.3.12.
        await self.tellNews()
        guard !self.machine.isClosed else { return }
        self.output.writeReply(append.tag, reply)
    }
}
