internal import Directory
internal import Logging
internal import MailTypes
internal import NIOCore
internal import Storage
internal import Telemetry

/// What the queue is given of a message.
extension Acceptance {
    /// The message without its `Return-Path` line, which only final delivery writes (RFC 5321 §4.4), and sealed when an
    /// alias sends it out again.
    func contentForQueue(
        _ settled: Settled,
        completion: @escaping @Sendable (Result<MessageContent, any Error>) -> Void
    ) {
        let message = settled.message
        guard self.isHandedOn(message) else { return self.contentForQueue(message, ByteBuffer(), completion) }
        // An RSA signature takes a millisecond, and the body is read.
        self.reception.onLane { self.contentForQueue(message, self.seal(message), completion) }
    }

    private func contentForQueue(
        _ message: IncomingMessage,
        _ seal: ByteBuffer,
        _ completion: @escaping @Sendable (Result<MessageContent, any Error>) -> Void
    ) {
        let dropped = message.front.returnPathOctets
        guard dropped > 0 || seal.readableBytes > 0 else {
            completion(.success(message.content))
            return
        }
        if case .inline(let buffer) = message.content, seal.readableBytes == 0 {
            let rest = buffer.getSlice(at: buffer.readerIndex + dropped, length: buffer.readableBytes - dropped)
            completion(.success(.inline(rest ?? buffer)))
            return
        }
        let edit = MessageEdit(position: 0, insertion: seal, cuts: dropped > 0 ? [0..<dropped] : [])
        edit.apply(to: message.content, spool: self.reception.spool, completion: completion)
    }

    /// Whether somebody else's message, whose sender was checked here, leaves again.
    private func isHandedOn(_ message: IncomingMessage) -> Bool {
        !message.verdicts.isEmpty && message.recipients.contains { !$0.others.isEmpty }
    }

    /// One more ARC set; nothing when there is none to add. A message that cannot be sealed goes on without, as a key
    /// that fails once fails the next time too.
    private func seal(_ message: IncomingMessage) -> ByteBuffer {
        let host = self.options.hostName
        do {
            return try message.content.withBytes { bytes in
                let own = bytes.extracting(message.front.octets...)
                return ByteBuffer(
                    bytes: try self.reception.directory.seal(
                        handingOn: own,
                        keptAs: own,
                        host: host,
                        sealer: self.options.sealer ?? Domain(host)
                    )
                )
            }
        } catch {
            self.reception.log.error(
                "a message is sent on unsealed",
                metadata: .init([.message: message.front.id.description, .error: "\(error)"])
            )
            return ByteBuffer()
        }
    }
}
