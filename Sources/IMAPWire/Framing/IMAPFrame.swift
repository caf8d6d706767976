package import NIOCore

/// What the framer hands over. RFC 9051 §2.2.1, §4.3, RFC 7888.
package enum IMAPFrame: Hashable, Sendable {
    /// A whole command, its literals inside, without the closing CRLF. Give it to ``IMAPRequest/parse(_:)``.
    ///
    /// When `stops` is true (AUTHENTICATE, STARTTLS, IDLE) the framer stands still until ``IMAPFramer/resume(_:)``.
    case command(ByteBuffer, stops: Bool)
    /// The client waits before it sends a literal of a command that is not APPEND. Write `+ ` and call
    /// ``IMAPFramer/acceptLiteral()``, or answer and call ``IMAPFramer/refuseLiteral()``.
    case literalAnnounced(octets: Int)
    /// An APPEND's first message is announced. Answer with ``IMAPFramer/acceptLiteral()`` (after writing `+ ` when
    /// `isSynchronizing`) or ``IMAPFramer/refuseLiteral()`` (after the tagged answer).
    case appendBegan(AppendRequest, AppendMessage, isSynchronizing: Bool)
    /// The same APPEND announces another message (MULTIAPPEND). Answer as for the first.
    case appendContinued(AppendMessage, isSynchronizing: Bool)
    /// The next bytes of the message being appended; together exactly the announced octets.
    case appendChunk(ByteBuffer)
    /// All bytes of the message being appended have come; another message, or the end, follows.
    case appendMessageEnded
    /// The APPEND is complete and wants its answer.
    case appendEnded
    /// A line of an AUTHENTICATE exchange, without CRLF; the framer stands still again.
    case authenticationLine(ByteBuffer)
    /// The line that ends IDLE; the framer reads commands again by itself.
    case idleEnded(isDone: Bool)
    /// A command is not to be carried out; the framer skips the rest of it. An APPEND under way is given up.
    case refused(IMAPRefusal)
    /// Nothing that follows can be understood: write BYE and close. The framer hands over nothing any more.
    case closed(IMAPRefusal)
}

/// Why a command is answered with BAD or NO instead of being carried out, and to whom.
package struct IMAPRefusal: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case syntax(WireSyntaxError)
        /// The first word after the tag is no command we know.
        case unknownCommand
        case lineTooLong
        case literalTooLong
        case literalsTooMany
        /// All literals of one command together.
        case literalsTooLong
        case messageTooLong
        /// A message of no octets, which is no message, or the client's way to give an APPEND up. RFC 3502 §6.3.11.
        case messageEmpty
        case messagesTooMany
        /// All messages of one APPEND together.
        case messagesTooLong
        /// More non-synchronising bytes than we are ready to throw away.
        case skippedTooLong
    }

    /// The command's tag; `nil` when it could not be read, and the answer is untagged (`* BAD`).
    package var tag: String?
    package var reason: Reason

    package init(tag: String?, reason: Reason) {
        self.tag = tag
        self.reason = reason
    }
}
