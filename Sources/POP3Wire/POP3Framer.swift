internal import MailBytes
package import NIOCore

/// Cuts what a client sends into command lines, and never reads ahead of an answer.
///
/// After a line whose answer changes how the next bytes are read (AUTH, STLS, well formed or not) it *stops*: bytes are
/// kept but not looked at until ``resume(_:)`` says what they are. Bytes that came before TLS are dropped when TLS
/// begins (RFC 2595 §4). A line may also end in LF alone: nothing of a message comes in here.
package struct POP3Framer: Sendable {
    /// How the bytes from here on are to be read.
    package enum Mode: Hashable, Sendable {
        case commands
        /// TLS begins: all that was received before it is forgotten.
        case commandsAfterTLS
        /// The client answers a challenge.
        case authResponse
    }

    package enum Frame: Hashable, Sendable {
        /// A command line without its line end, for ``POP3CommandParser``.
        case command(ByteBuffer)
        /// A line within AUTH without its line end, still base64, or `*`.
        case authResponse(ByteBuffer)
        /// A line that is none; it has been taken, and lines go on after it.
        case malformed(POP3SyntaxError)
    }

    private enum State: Sendable {
        case commands
        case authResponse
        case stopped
    }

    private let limits: POP3Limits
    private var state = State.commands
    private var input = ByteBuffer()
    /// Readable bytes already known to hold no LF.
    private var scanned = 0
    /// Octets of the over-long line being thrown away; 0 when none is.
    private var discarded = 0
    /// The limit that line broke; what is left of it may look like the start of another kind of line.
    private var discardedLimit = 0

    package init(limits: POP3Limits = POP3Limits()) {
        self.limits = limits
    }

    /// Octets received and not taken yet.
    package var octetsWaiting: Int { self.input.readableBytes }

    /// Whether ``resume(_:)`` must be called before anything more comes out.
    package var isStopped: Bool { self.state == .stopped }

    /// Bytes came from the client. They are not copied when none are waiting.
    package mutating func append(_ bytes: ByteBuffer) {
        self.input.appendReceived(bytes)
    }

    /// Lets go of memory when all that was received has been taken, so that an idle connection holds none.
    package mutating func releaseIfEmpty() {
        if self.input.readableBytes == 0 && self.input.capacity > 0 { self.input = ByteBuffer() }
    }

    /// Says how to go on after a stop.
    package mutating func resume(_ mode: Mode) {
        self.scanned = 0
        switch mode {
        case .commands:
            self.state = .commands
        case .commandsAfterTLS:
            self.input = ByteBuffer()
            self.discarded = 0
            self.state = .commands
        case .authResponse:
            self.state = .authResponse
        }
    }

    /// The next line; `nil` when more bytes are needed, or while the framer is stopped.
    package mutating func nextFrame() -> Frame? {
        switch self.state {
        case .stopped:
            return nil
        case .commands:
            switch self.takeLine() {
            case .success(let line)?:
                if Self.mustStop(after: line.readableBytesUInt8Span) { self.state = .stopped }
                return .command(line)
            case .failure(let error)?: return .malformed(error)
            case nil: return nil
            }
        case .authResponse:
            switch self.takeLine() {
            case .success(let line)?:
                self.state = .stopped
                return .authResponse(line)
            case .failure(let error)?:
                self.state = .stopped
                return .malformed(error)
            case nil: return nil
            }
        }
    }

    /// Takes one line, or notes how far it was looked at.
    private mutating func takeLine() -> Result<ByteBuffer, POP3SyntaxError>? {
        let limit = self.discarded > 0 ? self.discardedLimit : self.lineOctetsMax
        guard let lineFeed = self.input.octetsBeforeLineFeed(from: self.scanned) else {
            return self.lineGoesOn(limit)
        }
        self.scanned = 0
        guard self.discarded + lineFeed <= self.limits.discardedOctetsMax else { return self.endless(limit) }
        guard self.discarded == 0 && lineFeed < limit else {
            self.discarded = 0
            self.input.moveReaderIndex(forwardBy: lineFeed + 1)
            return .failure(POP3SyntaxError(.lineTooLong, at: limit))
        }
        let last: UInt8? = lineFeed > 0 ? self.input.getInteger(at: self.input.readerIndex + lineFeed - 1) : nil
        let isCRLF = last == ASCII.carriageReturn
        let line = self.input.readSlice(length: isCRLF ? lineFeed - 1 : lineFeed)
        self.input.moveReaderIndex(forwardBy: isCRLF ? 2 : 1)
        return line.map { .success($0) }
    }

    /// No LF is in sight: waits for it, and throws away what is too long to be a line.
    private mutating func lineGoesOn(_ limit: Int) -> Result<ByteBuffer, POP3SyntaxError>? {
        self.scanned = self.input.readableBytes
        guard self.discarded > 0 || self.scanned >= limit else { return nil }
        self.discardedLimit = limit
        self.discarded += self.scanned
        self.scanned = 0
        self.input = ByteBuffer()
        return self.discarded > self.limits.discardedOctetsMax ? self.endless(limit) : nil
    }

    /// This is no POP3 client; nothing it sends is looked at any more.
    private mutating func endless(_ limit: Int) -> Result<ByteBuffer, POP3SyntaxError> {
        self.input = ByteBuffer()
        self.discarded = 0
        self.state = .stopped
        return .failure(POP3SyntaxError(.lineEndless, at: limit))
    }

    private var lineOctetsMax: Int {
        if self.state == .authResponse { return self.limits.authLineOctetsMax }
        let bytes = self.input.readableBytesUInt8Span
        let isAuth = bytes.count >= 5 && bytes.equalsIgnoringCase("AUTH ", from: 0, to: 5)
        return isAuth ? self.limits.authLineOctetsMax : self.limits.commandLineOctetsMax
    }

    /// Whether a line's verb is one whose answer decides how the next bytes are read.
    private static func mustStop(after line: Span<UInt8>) -> Bool {
        guard line.count == 4 || line.count > 4 && ASCII.isBlank(line[4]) else { return false }
        return line.equalsIgnoringCase("AUTH", from: 0, to: 4) || line.equalsIgnoringCase("STLS", from: 0, to: 4)
    }
}
