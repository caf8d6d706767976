import IMAPWire
import MailTypes
import NIOCore

/// A client's stream: the framer gives the same commands and messages however the bytes are cut, holds no more than it
/// may, and what is read of a command means the same when it is written again.
enum IMAPProperties {
    /// Lines of one input that are parsed by themselves; the rest is more of the same.
    private static let linesMax = 400

    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        for limits in [IMAPLimits(), Self.smallLimits] {
            try requireSameHoweverCut(input, "a client's stream") { pieces throws(BrokenProperty) in
                try IMAPSession.events(of: pieces, limits: limits)
            }
        }
        for event in try IMAPSession.events(of: [ByteBuffer(bytes: input)], limits: IMAPLimits()) {
            if case .frame(.command(let command, _)) = event { try Self.checkCommand(command) }
            if case .frame(.appendBegan(let request, let message, _)) = event {
                try IMAPCommandProperties.check(request)
                try IMAPCommandProperties.check(message)
            }
        }
        for line in input.split(separator: 10, maxSplits: Self.linesMax, omittingEmptySubsequences: true) {
            try Self.checkCommand(ByteBuffer(bytes: line.last == 13 ? line.dropLast() : line))
        }
        try IMAPCommandProperties.checkStrings(input)
    }

    private static let smallLimits: IMAPLimits = {
        var limits = IMAPLimits()
        limits.lineOctetsMax = 160
        limits.literalOctetsMax = 20
        limits.nonSynchronizingLiteralOctetsMax = 15
        limits.literalsMax = 3
        limits.literalsOctetsMax = 30
        limits.appendMessageOctetsMax = 40
        limits.appendMessagesMax = 3
        limits.appendOctetsMax = 60
        limits.skippedOctetsMax = 300
        return limits
    }()

    private static func checkCommand(_ frame: ByteBuffer) throws(BrokenProperty) {
        let request: IMAPRequest
        do {
            request = try IMAPRequest.parse(frame)
        } catch {
            try Self.checkRefusal(error, of: frame)
            return
        }
        try IMAPCommandProperties.check(request.command)
    }

    /// A refusal is one short line, and says where the fault lies without a byte of what stood there.
    private static func checkRefusal(_ refusal: IMAPRefusal, of frame: ByteBuffer) throws(BrokenProperty) {
        if case .syntax(let error) = refusal.reason {
            try require((0...frame.readableBytes).contains(error.offset), "an error lies inside its command")
        }
        var buffer = ByteBuffer()
        buffer.writeRefusal(refusal)
        try require(buffer.readableBytes <= IMAPLimits.tagOctetsMax + 128, "a refusal is short")
        try require(WireSyntax.isResponse(buffer), "a refusal is a line")
        var other = ByteBuffer()
        other.writeRefusal(IMAPRefusal(tag: "x", reason: refusal.reason))
        let isTagged = refusal.tag != nil
        try require(
            !isTagged
                || buffer.readableBytesView.dropFirst(refusal.tag?.utf8.count ?? 0)
                    .elementsEqual(other.readableBytesView.dropFirst()),
            "a refusal repeats the tag and nothing else"
        )
    }
}

/// Plays the session for a framer, and writes down what came.
struct IMAPSession {
    enum Event: Equatable {
        case frame(IMAPFrame)
        /// An appended message, however many chunks it came in.
        case message(ByteBuffer)
    }

    private var framer: IMAPFramer
    private let limits: IMAPLimits
    private var events: [Event] = []
    private var message = ByteBuffer()
    private var octetsDue = 0
    private var isClosed = false

    static func events(of pieces: [ByteBuffer], limits: IMAPLimits) throws(BrokenProperty) -> [Event] {
        var session = Self(limits: limits)
        for piece in pieces where !session.isClosed { try session.receive(piece) }
        session.events.append(.message(session.message))
        return session.events
    }

    private init(limits: IMAPLimits) {
        self.framer = IMAPFramer(limits: limits)
        self.limits = limits
    }

    private mutating func receive(_ piece: ByteBuffer) throws(BrokenProperty) {
        self.framer.append(piece)
        while !self.isClosed, let frame = self.framer.next() {
            if case .appendChunk(let chunk) = frame {
                self.message.writeImmutableBuffer(chunk)
                continue
            }
            if case .appendMessageEnded = frame {
                try require(self.message.readableBytes == self.octetsDue, "a message has the octets announced")
                self.events.append(.message(self.message))
                self.message = ByteBuffer()
            }
            self.events.append(.frame(frame))
            self.answer(frame)
        }
        let heldMax = self.limits.lineOctetsMax + self.limits.literalsOctetsMax + 2
        try require(self.isClosed || self.framer.bufferedOctets <= heldMax, "no more is held than a command")
        try require(!self.isClosed || self.framer.bufferedOctets == 0, "nothing is held after the end")
    }

    /// What a session would say, decided by the frame alone.
    private mutating func answer(_ frame: IMAPFrame) {
        switch frame {
        case .command(let command, let stops):
            if stops { self.framer.resume(Self.mode(after: command)) }
        case .literalAnnounced(let octets):
            if octets % 5 == 4 { self.framer.refuseLiteral() } else { self.framer.acceptLiteral() }
        case .appendBegan(_, let message, _), .appendContinued(let message, _):
            self.octetsDue = message.octets
            if message.octets % 7 == 6 { self.framer.refuseLiteral() } else { self.framer.acceptLiteral() }
        case .authenticationLine(let line):
            self.framer.resume(line.readableBytes % 3 == 1 ? .authentication : .commands)
        case .refused:
            self.message = ByteBuffer()
        case .closed:
            self.message = ByteBuffer()
            self.isClosed = true
        case .appendChunk, .appendMessageEnded, .appendEnded, .idleEnded: break
        }
    }

    private static func mode(after command: ByteBuffer) -> IMAPFramer.Mode {
        switch (try? IMAPRequest.parse(command))?.command {
        case .authenticate: .authentication
        case .idle: .idle
        default: .commands
        }
    }
}
