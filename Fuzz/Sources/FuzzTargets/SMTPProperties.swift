import MailBytes
import NIOCore
import SMTPWire

/// A client's stream: the framer gives the same lines and messages however the bytes are cut, keeps to its bounds, and
/// ends messages where the standard does. Lesson 8.
enum SMTPProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        try requireSameHoweverCut(input, "a client's stream") { pieces throws(BrokenProperty) in
            try SMTPSession.events(of: pieces, limits: SMTPLimits(), policy: .refuse)
        }
        try requireSameHoweverCut(input, "a client's stream under small limits") { pieces throws(BrokenProperty) in
            try SMTPSession.events(of: pieces, limits: Self.smallLimits, policy: .keep)
        }
        try Self.checkTLS(input)
        try SMTPTextProperties.check(input)
        try SMTPCommandProperties.check(input)
    }

    private static let smallLimits: SMTPLimits = {
        var limits = SMTPLimits()
        limits.commandLineOctetsMax = 32
        limits.authLineOctetsMax = 48
        limits.discardedOctetsMax = 100
        return limits
    }()

    /// What came before TLS is gone when TLS begins, whatever it was.
    private static func checkTLS(_ input: [UInt8]) throws(BrokenProperty) {
        var framer = SMTPFramer()
        framer.append(ByteBuffer(bytes: Array("STARTTLS\r\n".utf8) + input))
        try require(framer.nextFrame() == .command(ByteBuffer(string: "STARTTLS")), "STARTTLS is a command")
        try require(framer.isStopped && framer.nextFrame() == nil, "nothing is read before TLS")
        try require(framer.resume(.commandsAfterTLS) == input.count, "what TLS drops is counted")
        framer.append(ByteBuffer(string: "QUIT\r\n"))
        try require(framer.nextFrame() == .command(ByteBuffer(string: "QUIT")), "nothing from before TLS is left")
    }
}

/// Plays the session for a framer, and writes down what came.
struct SMTPSession {
    enum Event: Equatable {
        case frame(SMTPFramer.Frame)
        /// A message or a chunk of one; `nil` where it is refused, since how much of it was kept until then is open.
        case text(ByteBuffer?, SMTPBodyVerdict)
        case unfinishedText(ByteBuffer)
    }

    private var framer: SMTPFramer
    private let limits: SMTPLimits
    private let policy: BareLineEndPolicy
    private var events: [Event] = []
    private var text = ByteBuffer()
    private var isWithinChunks = false
    private var isClosed = false
    private let parser = SMTPCommandParser(dialect: .smtp, extensions: .all)

    static func events(
        of pieces: [ByteBuffer],
        limits: SMTPLimits,
        policy: BareLineEndPolicy
    ) throws(BrokenProperty) -> [Event] {
        var session = Self(limits: limits, policy: policy)
        for piece in pieces where !session.isClosed { try session.receive(piece) }
        if policy == .keep, session.framer.isInBody { session.events.append(.unfinishedText(session.text)) }
        return session.events
    }

    private init(limits: SMTPLimits, policy: BareLineEndPolicy) {
        self.framer = SMTPFramer(limits: limits, policy: policy)
        self.limits = limits
        self.policy = policy
    }

    private mutating func receive(_ piece: ByteBuffer) throws(BrokenProperty) {
        self.framer.append(piece)
        while !self.isClosed {
            if self.framer.isInBody {
                guard case .ended(let verdict) = self.framer.takeBody(into: &self.text) else { break }
                let isKept = self.policy == .keep || verdict == .intact
                self.events.append(.text(isKept ? self.text : nil, verdict))
                self.text = ByteBuffer()
                self.framer.resume(.commands)
            } else if let frame = self.framer.nextFrame() {
                self.events.append(.frame(frame))
                self.answer(frame)
            } else {
                break
            }
        }
        let heldMax = max(self.limits.commandLineOctetsMax, self.limits.authLineOctetsMax)
        try require(self.isClosed || self.framer.octetsWaiting < heldMax, "no more is held than a line")
    }

    /// What a session would say, decided by the frame alone.
    private mutating func answer(_ frame: SMTPFramer.Frame) {
        if case .malformed(let error) = frame, error.kind == .lineEndless { self.isClosed = true }
        guard self.framer.isStopped, !self.isClosed else { return }
        switch frame {
        case .command(let line):
            switch try? self.parser.parse(line) {
            case .data: self.framer.resume(.dataBody)
            case .bdat(let octets, let isLast):
                self.framer.resume(.bdat(octets: octets, isFirst: !self.isWithinChunks, isLast: isLast))
                self.isWithinChunks = !isLast
            case .auth: self.framer.resume(.authResponse)
            default: self.framer.resume(.commands)
            }
        case .authResponse(let line):
            self.framer.resume(line.readableBytes % 3 == 1 ? .authResponse : .commands)
        case .malformed:
            self.framer.resume(.commands)
        }
    }
}

extension SMTPExtensions {
    /// All there are.
    static let all: Self = [
        .size, .eightBitMIME, .binaryMIME, .internationalized, .dsn, .auth, .chunking, .startTLS, .pipelining,
        .enhancedStatusCodes,
    ]
}
