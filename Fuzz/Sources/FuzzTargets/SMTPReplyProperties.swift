import MailTypes
import NIOCore
import SMTPWire

/// A server's answers: the same replies however they are cut, bounded, and written again they say the same. Whatever
/// they are, our client keeps its side of the conversation.
enum SMTPReplyProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        try requireSameHoweverCut(input, "a server's stream") { pieces throws(BrokenProperty) in
            try Self.replies(in: pieces, limits: SMTPLimits())
        }
        try requireSameHoweverCut(input, "a server's stream under small limits") { pieces throws(BrokenProperty) in
            try Self.replies(in: pieces, limits: Self.smallLimits)
        }
        let replies = try Self.replies(in: [ByteBuffer(bytes: input)], limits: SMTPLimits()).first
        for reply in replies {
            try require(
                !reply.lines.isEmpty && (200...599).contains(reply.code)
                    && reply.lines.allSatisfy { !$0.utf8.contains { $0 < 0x20 || $0 == 0x7F } },
                "a reply has a code, and lines without controls"
            )
            try Self.checkRoundTrip(reply)
            try Self.checkCapabilities(reply)
        }
        for dialect in [SMTPDialect.smtp, .lmtp] {
            for isSecure in [false, true] { try SMTPClientSession.check(replies, dialect, isSecure: isSecure) }
        }
    }

    private static let smallLimits: SMTPLimits = {
        var limits = SMTPLimits()
        limits.replyLineOctetsMax = 40
        limits.replyLinesMax = 3
        limits.replyOctetsMax = 100
        return limits
    }()

    private static func replies(
        in pieces: [ByteBuffer],
        limits: SMTPLimits
    ) throws(BrokenProperty) -> Pair<[SMTPReply], SMTPReplyError?> {
        var framer = SMTPReplyFramer(limits: limits)
        var replies: [SMTPReply] = []
        for piece in pieces {
            framer.append(piece)
            do {
                while let reply = try framer.nextReply() { replies.append(reply) }
            } catch {
                return Pair(replies, error)
            }
            try require(
                framer.octetsWaiting <= limits.replyOctetsMax + limits.replyLineOctetsMax,
                "no more is held than a reply"
            )
        }
        return Pair(replies, nil)
    }

    /// Written and read again, a reply is the same.
    static func checkRoundTrip(_ reply: SMTPReply) throws(BrokenProperty) {
        let bytes = reply.encoded()
        let limits = SMTPLimits()
        // What was no UTF-8 has grown, perhaps beyond what fits.
        guard bytes.readableBytes < limits.replyOctetsMax,
            reply.lines.allSatisfy({ $0.utf8.count < limits.replyLineOctetsMax - 24 })
        else { return }
        var framer = SMTPReplyFramer(limits: limits)
        framer.append(bytes)
        try require((try? framer.nextReply()) == reply, "a reply written again is the same reply")
        try require(framer.octetsWaiting == 0, "a reply written again is one reply")
    }

    private static func checkCapabilities(_ reply: SMTPReply) throws(BrokenProperty) {
        var offer = SMTPCapabilities(reply)
        if offer.mechanisms.isEmpty { offer.extensions.remove(.auth) }
        try require(SMTPCapabilities(offer.reply) == offer, "what a server offers is the same when written again")
    }
}

/// Two values that can be compared together.
struct Pair<First: Equatable, Second: Equatable>: Equatable {
    let first: First
    let second: Second

    init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }
}
