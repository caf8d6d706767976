import MailBytes
import MailTypes
import NIOCore
import SMTPWire

/// Command lines: an error lies inside its line, and an envelope that was understood is understood again by the next
/// host as we write it.
enum SMTPCommandProperties {
    /// Lines of one input that are read; the rest is more of the same.
    private static let linesMax = 400

    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        for line in input.split(separator: 10, maxSplits: Self.linesMax, omittingEmptySubsequences: true) {
            let line = ByteBuffer(bytes: line.last == 13 ? line.dropLast() : line)
            for dialect in [SMTPDialect.smtp, .lmtp] {
                for extensions in [SMTPExtensions.all, [], .all.subtracting(.internationalized)] {
                    try Self.check(line, dialect, extensions)
                }
            }
        }
    }

    private static func check(
        _ line: ByteBuffer,
        _ dialect: SMTPDialect,
        _ extensions: SMTPExtensions
    ) throws(BrokenProperty) {
        var parser = SMTPCommandParser(dialect: dialect, extensions: extensions)
        for isInternational in [false, true] {
            parser.isInternationalTransaction = isInternational
            let command: SMTPCommand
            do {
                command = try parser.parse(line)
            } catch {
                try require((0...line.readableBytes).contains(error.offset), "an error lies inside its line")
                if dialect == .smtp, extensions == .all { try SMTPReplyProperties.checkRoundTrip(error.reply) }
                continue
            }
            switch command {
            case .mail(let path, let parameters):
                try Self.checkPassedOn(EnvelopeSender(path, parameters), EnvelopeRecipient(path: .postmaster))
            case .rcpt(let path, let parameters):
                try Self.checkPassedOn(
                    EnvelopeSender(reversePath: .null, isInternationalized: isInternational),
                    EnvelopeRecipient(path, parameters)
                )
            default: break
            }
        }
    }

    /// What our client says of an envelope, parsed again.
    private static func checkPassedOn(
        _ sender: EnvelopeSender,
        _ recipient: EnvelopeRecipient
    ) throws(BrokenProperty) {
        let octets = sender.declaredSize ?? 0
        let bytes = try Self.written(SMTPTransaction(sender: sender, recipients: [recipient], octets: octets))
        let lines = bytes.readableBytesView.split(separator: 10, omittingEmptySubsequences: true)
        try require(
            lines.count == 3 && lines.allSatisfy { $0.last == 13 },
            "an envelope is MAIL, RCPT and DATA, however its addresses look"
        )
        var parser = SMTPCommandParser(dialect: .smtp, extensions: .all)
        parser.isInternationalTransaction = sender.isInternationalized
        guard case .mail(let path, let parameters) = try? parser.parse(ByteBuffer(bytes: lines[0].dropLast())),
            case .rcpt(let recipientPath, let recipientParameters) = try? parser.parse(
                ByteBuffer(bytes: lines[1].dropLast())
            )
        else { throw BrokenProperty("an envelope that was understood is understood again when we write it") }
        var senderAgain = EnvelopeSender(path, parameters)
        senderAgain.declaredSize = sender.declaredSize
        try require(senderAgain == sender, "a sender passed on is the same sender")
        try require(
            EnvelopeRecipient(recipientPath, recipientParameters) == recipient,
            "a recipient passed on is the same recipient"
        )
    }

    /// The envelope as it goes to a host that offers everything.
    private static func written(_ transaction: SMTPTransaction) throws(BrokenProperty) -> ByteBuffer {
        var client = SMTPClientStateMachine(.init(dialect: .smtp, helloName: "client.example", tls: .never))
        _ = client.replyReceived(SMTPReply(220, nil, "next.example"))
        let offer = SMTPCapabilities(domain: "next.example", extensions: .all, messageOctetsMax: nil)
        _ = client.replyReceived(offer.reply)
        guard case .send(let bytes) = client.transactionRequested(transaction) else {
            throw BrokenProperty("an envelope that was understood can be passed on")
        }
        return bytes
    }
}
