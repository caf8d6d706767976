internal import Directory
internal import MailTypes
internal import NIOCore
internal import SenderAuth
internal import Storage

/// Signing what our users send, as its last change before it is stored or queued. RFC 6376 §5.
extension Acceptance {
    /// Puts a DKIM-Signature for each of the author domain's keys before the message, behind our own fields, which may
    /// change on the way.
    func sign(
        _ message: IncomingMessage,
        _ header: HeaderInspection,
        _ completion: @escaping Completion,
        then next: @escaping @Sendable (IncomingMessage) -> Void
    ) {
        let author = header.from.lazy.compactMap(\.emailAddress).first
        let signers = author.map { self.reception.directory.signers(for: $0.domain) } ?? []
        guard !signers.isEmpty else { return next(message) }
        // An RSA signature takes a millisecond.
        self.reception.onLane { self.sign(message, signers, completion, then: next) }
    }

    private func sign(
        _ message: IncomingMessage,
        _ signers: [DKIMSigningOptions],
        _ completion: @escaping Completion,
        then next: @escaping @Sendable (IncomingMessage) -> Void
    ) {
        do {
            var fields = ByteBuffer()
            try message.content.withBytes { bytes in
                let own = bytes.extracting(message.front.octets...)
                for options in signers {
                    fields.writeBytes(try DKIMSigner(options).field(message: own, now: message.front.receivedAt))
                }
            }
            let edit = MessageEdit(position: message.front.octets, insertion: fields, cuts: [])
            self.apply(edit, to: message, completion, then: next)
        } catch {
            self.fail(message, error, completion)
        }
    }
}
