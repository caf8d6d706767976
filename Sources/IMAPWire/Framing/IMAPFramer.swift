internal import MailBytes
package import NIOCore

/// Cuts a client's bytes into commands, and stops wherever an answer decides how the next bytes are to be read.
///
/// It never holds more than one command's bounded bytes beyond what was put in, hands an appended message over in the
/// pieces in which it arrives, and gives its buffer back when nothing is waiting, so that an idle session costs none.
///
///     line ──{n}──► literalAnswer ──accept──► literal ──► line ──CRLF──► command ──► line
///       │  {n+}───────────────────────────────►┘                          └─ stops ─► stopped ─resume─► …
///       └─ APPEND … {n} ─► appendAnswer ─accept─► appendBody ─► appendRest ──CRLF──► line
///                                                     ▲──────────{n}──┘
///     refused with {n+}: skipLiteral ⇄ skipLine ──► line         beyond all bounds: closed
///
/// RFC 9051 §2.2, §4.3, RFC 7888.
package struct IMAPFramer: Sendable {
    /// What the bytes after a stop are.
    package enum Mode: Hashable, Sendable {
        case commands
        /// One line of a SASL exchange; then the framer stops again.
        case authentication
        /// The line that ends IDLE; commands follow it.
        case idle
    }

    enum State: Sendable {
        case line
        case literalAnswer(octets: Int)
        case literal(octets: Int)
        case appendAnswer(octets: Int, isSynchronizing: Bool)
        case appendBody(remaining: Int)
        case appendRest
        case skipLiteral(remaining: Int)
        case skipLine
        case stopped
        case authentication
        case idle
        case closed
    }

    /// What one step has led to.
    enum Step {
        case frame(IMAPFrame)
        case again
        case needsBytes
    }

    /// May be tightened or widened between commands, as when a user has logged in.
    package var limits: IMAPLimits
    /// From the first byte of the current command on, or of what is left of it.
    var input = ByteBuffer()
    var state = State.line
    /// Where in `input` the current line begins; before it stand earlier lines of the same command and their literals.
    var lineStart = 0
    /// Bytes of the current line already known to hold no LF.
    var scanned = 0
    /// Of the current command so far.
    var lineOctets = 0
    var literalCount = 0
    var literalOctets = 0
    var skippedOctets = 0
    /// Of the APPEND under way.
    var append = AppendProgress()

    package init(limits: IMAPLimits = IMAPLimits()) {
        self.limits = limits
    }

    /// Octets received and not yet handed over. Stop reading the channel while they are many.
    package var bufferedOctets: Int { self.input.readableBytes }

    /// Whether the framer waits for ``resume(_:)``, ``acceptLiteral()`` or ``refuseLiteral()``, or is closed.
    package var isStopped: Bool {
        switch self.state {
        case .stopped, .literalAnswer, .appendAnswer, .closed: true
        default: false
        }
    }

    /// Takes bytes that have arrived.
    package mutating func append(_ bytes: ByteBuffer) {
        if case .closed = self.state { return }
        self.input.appendReceived(bytes)
    }

    /// The next frame; `nil` when more bytes or an answer must come first.
    package mutating func next() -> IMAPFrame? {
        while true {
            switch self.step() {
            case .frame(let frame):
                self.releaseIfEmpty()
                return frame
            case .again: continue
            case .needsBytes:
                self.releaseIfEmpty()
                return nil
            }
        }
    }

    /// Goes on after a command that stopped the framer, or after a line of a SASL exchange.
    package mutating func resume(_ mode: Mode) {
        guard case .stopped = self.state else {
            assertionFailure("resumed where the framer had not stopped")
            return
        }
        switch mode {
        case .commands: self.state = .line
        case .authentication: self.state = .authentication
        case .idle: self.state = .idle
        }
    }

    /// The announced literal may come; a client that waits has been told so by `+ `.
    package mutating func acceptLiteral() {
        switch self.state {
        case .literalAnswer(let octets): self.state = .literal(octets: octets)
        case .appendAnswer(let octets, _): self.state = .appendBody(remaining: octets)
        default: assertionFailure("accepted a literal that was not announced")
        }
    }

    /// The announced literal is not wanted and its command has been answered. What comes of it unasked is skipped.
    package mutating func refuseLiteral() {
        switch self.state {
        case .literalAnswer: self.beginCommand(consuming: self.lineStart)
        case .appendAnswer(let octets, let isSynchronizing):
            if isSynchronizing {
                self.beginCommand(consuming: 0)
            } else {
                self.skippedOctets = octets
                self.state = .skipLiteral(remaining: octets)
            }
        default: assertionFailure("refused a literal that was not announced")
        }
    }

    /// Forgets what was received and not handed over, so that nothing sent before TLS is obeyed after it.
    /// RFC 9051 §6.2.1.
    package mutating func discardBuffered() {
        self.input = ByteBuffer()
        self.lineStart = 0
        self.scanned = 0
    }

    private mutating func step() -> Step {
        switch self.state {
        case .line: self.stepLine()
        case .literal(let octets): self.stepLiteral(octets)
        case .appendBody(let remaining): self.stepAppendBody(remaining)
        case .appendRest: self.stepAppendRest()
        case .skipLiteral(let remaining): self.stepSkipLiteral(remaining)
        case .skipLine: self.stepSkipLine()
        case .authentication: self.stepPlainLine { .authenticationLine($0) }
        case .idle: self.stepPlainLine { .idleEnded(isDone: Self.isDone($0)) }
        case .literalAnswer, .appendAnswer, .stopped, .closed: .needsBytes
        }
    }

    private mutating func releaseIfEmpty() {
        if self.input.readableBytes == 0 { self.input = ByteBuffer() }
    }
}
