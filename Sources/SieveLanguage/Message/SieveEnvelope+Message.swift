package import NIOCore

extension SieveEnvelope {
    /// An envelope that fits a message of which only the text is known: from the first address in its From to the
    /// first in its To; `sender@example.com` and `recipient@example.com` where there is none.
    package init(guessedFrom message: ByteBuffer) {
        self.init(guessedFrom: MessageView(message))
    }

    init(guessedFrom message: MessageView) {
        self.init(
            sender: Self.address("from", in: message) ?? "sender@example.com",
            recipient: Self.address("to", in: message) ?? "recipient@example.com"
        )
    }

    private static func address(_ field: String, in message: MessageView) -> String? {
        guard let place = message.header.next(HeaderKey(field)) else { return nil }
        let first = message.header.addresses(at: place).first { $0.domain != nil }
        return first.map { String(decoding: $0.all, as: UTF8.self) }
    }
}
