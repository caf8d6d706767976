internal import MailBytes
package import NIOCore

/// Cuts what a client sends into commands, literals inside, and never reads ahead of an answer.
///
/// After a command whose answer changes how the next bytes are read (AUTHENTICATE, STARTTLS, well formed or not) and
/// after each answer to a challenge it *stops*: bytes are kept but not looked at until ``resume(_:)`` says what they
/// are. Bytes that came before TLS are dropped when TLS begins. A line may also end in LF alone: nothing of a message
/// comes in here.
///
///     line ──{n+}──► literal ──► line ──CRLF──► command ──► line
///       │                                         └─ AUTHENTICATE, STARTTLS ─► stopped ──resume──► line
///       └─ refused ─► skipLine ⇄ skipLiteral ──► line          beyond all bounds: closed
///
/// RFC 5804 §2, §4.
package struct ManageSieveFramer: Sendable {
    /// How the bytes from here on are to be read.
    package enum Mode: Hashable, Sendable {
        case commands
        /// TLS begins: all that was received before it is forgotten.
        case commandsAfterTLS
        /// The client answers a challenge.
        case saslResponse
    }

    package enum Frame: Hashable, Sendable {
        /// A command without its line end, for ``ManageSieveCommandParser/parse(_:)``.
        case command(ByteBuffer)
        /// A line within AUTHENTICATE, for ``ManageSieveCommandParser/parseSASLResponse(_:)``.
        case saslResponse(ByteBuffer)
        /// A command is too large; the framer gets past the rest of it. An exchange under way is given up.
        case refused(ManageSieveSyntaxError)
        /// Nothing that follows is read any more: say so and close.
        case closed(ManageSieveSyntaxError)
    }

    enum State: Hashable, Sendable {
        case line
        case literal(octets: Int)
        case skipLine
        case skipLiteral(remaining: Int)
        case stopped
        case closed
    }

    /// What one step has led to.
    enum Step {
        case frame(Frame)
        case again
        case needsBytes
    }

    let limits: ManageSieveLimits
    /// Whether literals may be as large as scripts are: not before login.
    package var takesScripts = false
    var state = State.line
    /// Whether the line being read answers a challenge.
    var isResponse = false
    /// From the first byte of the current command on, or of what is left of it.
    var input = ByteBuffer()
    /// Where in `input` the current line begins; before it stand earlier lines of the same command and their literals.
    var lineStart = 0
    /// Bytes of the current line already known to hold no LF.
    var scanned = 0
    /// Of the current command so far.
    var lineOctets = 0
    var literalCount = 0
    var literalOctets = 0
    var skippedOctets = 0

    package init(limits: ManageSieveLimits = ManageSieveLimits()) {
        self.limits = limits
    }

    /// Octets received and not taken yet.
    package var octetsWaiting: Int { self.input.readableBytes }

    /// Whether ``resume(_:)`` must be called before anything more comes out.
    package var isStopped: Bool { self.state == .stopped }

    /// Bytes came from the client. They are not copied when none are waiting.
    package mutating func append(_ bytes: ByteBuffer) {
        if self.state == .closed { return }
        self.input.appendReceived(bytes)
    }

    /// Lets go of memory when all that was received has been taken, so that an idle connection holds none.
    package mutating func releaseIfEmpty() {
        if self.input.readableBytes == 0 && self.input.capacity > 0 { self.input = ByteBuffer() }
    }

    /// Says how to go on after a stop.
    package mutating func resume(_ mode: Mode) {
        guard self.state == .stopped else { return assertionFailure("resumed where the framer had not stopped") }
        if mode == .commandsAfterTLS { self.input = ByteBuffer() }
        self.beginCommand(consuming: 0)
        self.isResponse = mode == .saslResponse
    }

    /// The next frame; `nil` when more bytes are needed, or while the framer is stopped.
    package mutating func nextFrame() -> Frame? {
        while true {
            switch self.step() {
            case .frame(let frame): return frame
            case .again: continue
            case .needsBytes: return nil
            }
        }
    }

    private mutating func step() -> Step {
        switch self.state {
        case .line: self.stepLine()
        case .literal(let octets): self.stepLiteral(octets)
        case .skipLine: self.stepSkipLine()
        case .skipLiteral(let remaining): self.stepSkipLiteral(remaining)
        case .stopped, .closed: .needsBytes
        }
    }
}
