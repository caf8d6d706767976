internal import MailBytes
internal import MailTypes
internal import Storage

/// What a client declared of its message and the message does not need.
extension IncomingMessage {
    /// Many clients say BODY=8BITMIME whatever they send. A next host without the extension takes plain text as well as
    /// any other, so that such a message must not come back for it. RFC 6152 §3, RFC 6531 §3.2.
    mutating func forgetNeedlessDeclarations() throws {
        guard self.sender.isEightBit || self.sender.isInternationalized else { return }
        guard try self.content.withBytes({ UTF8Text.isASCII($0) }) else { return }
        self.sender.isEightBit = false
        if self.hasPlainEnvelope { self.sender.isInternationalized = false }
    }

    private var hasPlainEnvelope: Bool {
        let recipients = self.recipients.flatMap { [$0.recipient] + $0.others }
        return self.sender.reversePath.description.isPlain
            && recipients.allSatisfy { $0.path.description.isPlain && $0.originalRecipient?.isPlain ?? true }
    }
}

extension String {
    fileprivate var isPlain: Bool { self.utf8.allSatisfy { $0 < 0x80 } }
}
