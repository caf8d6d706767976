package import NIOCore

/// What a client is told of a command that was not understood, or was too big. Constant words only, never its own.
extension ByteBuffer {
    /// `A1 BAD …`, `A1 NO [TOOBIG] …`, or `* BAD …` when the tag could not be read.
    package mutating func writeRefusal(_ refusal: IMAPRefusal) {
        if let tag = refusal.tag {
            self.writeString(tag)
        } else {
            self.writeInteger(UInt8(ascii: "*"))
        }
        // Only an APPEND's messages are a refused request; everything else is a command gone wrong.
        self.writeStaticString(refusal.tag != nil && refusal.reason.isAboutMessages ? " NO " : " BAD ")
        self.writeReason(refusal.reason)
    }

    /// `* BYE …`; the connection closes after it.
    package mutating func writeBye(_ refusal: IMAPRefusal) {
        self.writeStaticString("* BYE ")
        self.writeReason(refusal.reason)
    }

    private mutating func writeReason(_ reason: IMAPRefusal.Reason) {
        switch reason {
        case .syntax(let error):
            self.writeStaticString("Syntax error at octet ")
            self.writeDecimal(error.offset)
            self.writeStaticString(": expected ")
            self.writeString(error.expected.rawValue)
        case .unknownCommand: self.writeStaticString("Unknown command")
        case .lineTooLong: self.writeStaticString("[TOOBIG] Command line is too long")
        case .literalTooLong: self.writeStaticString("[TOOBIG] Literal is too long")
        case .literalsTooMany: self.writeStaticString("[LIMIT] Too many literals in one command")
        case .literalsTooLong: self.writeStaticString("[TOOBIG] Literals of one command are too long together")
        case .messageTooLong: self.writeStaticString("[TOOBIG] Message is larger than APPENDLIMIT")
        case .messageEmpty: self.writeStaticString("A message of no octets is not appended")
        case .messagesTooMany: self.writeStaticString("[LIMIT] Too many messages in one APPEND")
        case .messagesTooLong: self.writeStaticString("[TOOBIG] Messages of one APPEND are too large together")
        case .skippedTooLong: self.writeStaticString("[TOOBIG] Too much was sent without being asked for")
        }
        self.writeStaticString("\r\n")
    }
}

extension IMAPRefusal.Reason {
    fileprivate var isAboutMessages: Bool {
        switch self {
        case .messageTooLong, .messageEmpty, .messagesTooMany, .messagesTooLong: true
        default: false
        }
    }
}
