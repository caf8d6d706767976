internal import MailBytes
package import NIOCore

/// Cuts what a client sends into command lines and message text, and never reads ahead of an answer.
///
/// After a line whose answer changes how the next bytes are read (DATA, BDAT, AUTH, STARTTLS, well formed or not) it
/// *stops*: bytes are kept but not looked at until ``resume(_:)`` says what they are. It stops again when a message, a
/// chunk or an answer within AUTH is complete. Bytes that came before TLS are dropped when TLS begins, since whoever
/// put them there was not proven to be the client (RFC 3207 §4.2).
///
///     commands ──DATA, BDAT, AUTH, STARTTLS──▶ stopped ──resume──▶ commands · dataBody · bdat · authResponse
///        ▲                                        ▲                               │
///        └────────────────resume──────────────────┴──────complete─────────────────┘
package struct SMTPFramer: Sendable {
    /// How the bytes from here on are to be read.
    package enum Mode: Hashable, Sendable {
        case commands
        /// TLS begins: all that was received before it is forgotten.
        case commandsAfterTLS
        /// A message in DATA's form follows.
        case dataBody
        /// A chunk follows. Line ends are judged over a message's chunks together, from its first to its last.
        case bdat(octets: Int, isFirst: Bool, isLast: Bool)
        /// The client answers a 334.
        case authResponse
    }

    package enum Frame: Hashable, Sendable {
        /// A command line without its CRLF, for ``SMTPCommandParser``.
        case command(ByteBuffer)
        /// A line within AUTH without its CRLF, still base64, or `*`.
        case authResponse(ByteBuffer)
        /// A line that is none; it has been taken, and lines go on after it.
        case malformed(SMTPSyntaxError)
    }

    package enum BodyProgress: Hashable, Sendable {
        case needsMore
        /// The message, or the chunk, is complete, and the framer stopped.
        case ended(SMTPBodyVerdict)
    }

    private enum State: Sendable {
        case commands
        case authResponse
        case data(DotUnstuffer)
        case chunk(left: Int, isLast: Bool)
        case stopped
    }

    private let limits: SMTPLimits
    private let policy: BareLineEndPolicy
    private var state = State.commands {
        didSet {
            switch self.state {
            case .data, .chunk: (self.isInBody, self.isStopped) = (true, false)
            case .commands, .authResponse: (self.isInBody, self.isStopped) = (false, false)
            case .stopped: (self.isInBody, self.isStopped) = (false, true)
            }
        }
    }
    /// Whether the bytes that come next are message text, to be taken with ``takeBody(into:)``.
    package private(set) var isInBody = false
    /// Whether ``resume(_:)`` must be called before anything more comes out.
    package private(set) var isStopped = false
    private var input = ByteBuffer()
    /// Readable bytes already known to hold no LF.
    private var scanned = 0
    /// Octets of the over-long line being thrown away; 0 when none is.
    private var discarded = 0
    /// The limit that line broke; what is left of it may look like the start of another kind of line.
    private var discardedLimit = 0
    private var chunkLineEnds = LineEndInspector()

    package init(limits: SMTPLimits = SMTPLimits(), policy: BareLineEndPolicy = .refuse) {
        self.limits = limits
        self.policy = policy
    }

    /// Octets received and not taken yet: what a driver looks at to stop reading from a client that runs ahead.
    package var octetsWaiting: Int { self.input.readableBytes }

    /// Bytes came from the client.
    package mutating func append(_ bytes: ByteBuffer) {
        self.input.appendReceived(bytes)
    }

    /// Says how to go on after a stop.
    ///
    /// - Returns: octets dropped, which only TLS causes.
    @discardableResult
    package mutating func resume(_ mode: Mode) -> Int {
        self.scanned = 0
        switch mode {
        case .commands:
            self.state = .commands
        case .commandsAfterTLS:
            let dropped = self.input.readableBytes
            self.input = ByteBuffer()
            self.discarded = 0
            self.state = .commands
            return dropped
        case .dataBody:
            self.state = .data(DotUnstuffer(policy: self.policy))
        case .bdat(let octets, let isFirst, let isLast):
            if isFirst { self.chunkLineEnds = LineEndInspector() }
            self.state = .chunk(left: octets, isLast: isLast)
        case .authResponse:
            self.state = .authResponse
        }
        return 0
    }

    /// The next line; `nil` when more bytes are needed, or while the framer is stopped or within a body.
    package mutating func nextFrame() -> Frame? {
        switch self.state {
        case .data, .chunk, .stopped:
            return nil
        case .commands:
            guard let line = self.takeLine() else { return nil }
            guard case .success(let text) = line else { return Self.malformed(line) }
            if Self.mustStop(after: text.readableBytesUInt8Span) { self.state = .stopped }
            return .command(text)
        case .authResponse:
            guard let line = self.takeLine() else { return nil }
            self.state = .stopped
            guard case .success(let text) = line else { return Self.malformed(line) }
            return .authResponse(text)
        }
    }

    /// Moves waiting message text to `target`.
    ///
    /// - Returns: ``BodyProgress/ended(_:)`` once, with the end of the message or chunk.
    package mutating func takeBody(into target: inout ByteBuffer) -> BodyProgress {
        switch self.state {
        case .commands, .authResponse, .stopped:
            preconditionFailure("message text was asked for outside a message")
        case .data(var unstuffer):
            let progress = unstuffer.consume(&self.input, into: &target)
            guard case .ended(let verdict) = progress else {
                self.state = .data(unstuffer)
                return .needsMore
            }
            self.state = .stopped
            return .ended(verdict)
        case .chunk(let left, let isLast):
            return self.takeChunk(left, isLast, into: &target)
        }
    }

    private mutating func takeChunk(_ left: Int, _ isLast: Bool, into target: inout ByteBuffer) -> BodyProgress {
        let count = min(left, self.input.readableBytes)
        if count > 0, var slice = self.input.readSlice(length: count) {
            self.chunkLineEnds.inspect(slice.readableBytesUInt8Span)
            if self.policy == .keep || !self.chunkLineEnds.hasFoundBareLineEnd { target.writeBuffer(&slice) }
        }
        guard count == left else {
            self.state = .chunk(left: left - count, isLast: isLast)
            return .needsMore
        }
        self.state = .stopped
        if isLast { self.chunkLineEnds.finish() }
        let isRefused = self.policy == .refuse && self.chunkLineEnds.hasFoundBareLineEnd
        return .ended(isRefused ? .bareLineEnd : .intact)
    }
}

extension SMTPFramer {
    /// Takes one line, or notes how far it was looked at.
    private mutating func takeLine() -> Result<ByteBuffer, SMTPSyntaxError>? {
        let limit = self.discarded > 0 ? self.discardedLimit : self.lineOctetsMax
        guard let lineFeed = self.input.octetsBeforeLineFeed(from: self.scanned) else {
            return self.lineGoesOn(limit)
        }
        self.scanned = 0
        guard self.discarded + lineFeed <= self.limits.discardedOctetsMax else { return self.endless(limit) }
        guard self.discarded == 0 && lineFeed < limit else {
            self.discarded = 0
            self.input.moveReaderIndex(forwardBy: lineFeed + 1)
            return .failure(SMTPSyntaxError(.lineTooLong, at: limit))
        }
        let last: UInt8? = lineFeed > 0 ? self.input.getInteger(at: self.input.readerIndex + lineFeed - 1) : nil
        let isCRLF = last == ASCII.carriageReturn
        let line = self.input.readSlice(length: isCRLF ? lineFeed - 1 : lineFeed)
        self.input.moveReaderIndex(forwardBy: isCRLF ? 2 : 1)
        guard isCRLF, let line else { return .failure(SMTPSyntaxError(.bareLineFeed, at: lineFeed)) }
        return .success(line)
    }

    /// No LF is in sight: waits for it, and throws away what is too long to be a line.
    private mutating func lineGoesOn(_ limit: Int) -> Result<ByteBuffer, SMTPSyntaxError>? {
        self.scanned = self.input.readableBytes
        guard self.discarded > 0 || self.scanned >= limit else { return nil }
        self.discardedLimit = limit
        self.discarded += self.scanned
        self.scanned = 0
        self.input = ByteBuffer()
        return self.discarded > self.limits.discardedOctetsMax ? self.endless(limit) : nil
    }

    /// This is no SMTP client; nothing it sends is looked at any more.
    private mutating func endless(_ limit: Int) -> Result<ByteBuffer, SMTPSyntaxError> {
        self.input = ByteBuffer()
        self.discarded = 0
        self.state = .stopped
        return .failure(SMTPSyntaxError(.lineEndless, at: limit))
    }

    private var lineOctetsMax: Int {
        if case .authResponse = self.state { return self.limits.authLineOctetsMax }
        let bytes = self.input.readableBytesUInt8Span
        let isAuth = bytes.count >= 5 && bytes.equalsIgnoringCase("AUTH ", from: 0, to: 5)
        return isAuth ? self.limits.authLineOctetsMax : self.limits.commandLineOctetsMax
    }

    /// Whether a line's verb is one whose answer decides how the next bytes are read.
    private static func mustStop(after line: Span<UInt8>) -> Bool {
        var end = 0
        while end < line.count, !ASCII.isBlank(line[end]) { end += 1 }
        switch end {
        case 4:
            return line.equalsIgnoringCase("DATA", from: 0, to: 4) || line.equalsIgnoringCase("BDAT", from: 0, to: 4)
                || line.equalsIgnoringCase("AUTH", from: 0, to: 4)
        case 8:
            return line.equalsIgnoringCase("STARTTLS", from: 0, to: 8)
        default:
            return false
        }
    }

    private static func malformed(_ line: Result<ByteBuffer, SMTPSyntaxError>) -> Frame? {
        if case .failure(let error) = line { .malformed(error) } else { nil }
    }
}
