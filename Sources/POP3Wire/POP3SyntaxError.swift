/// Where and why a command line disagrees with the grammar, without a byte of what it said: it may hold a password.
package struct POP3SyntaxError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// No command we know.
        case unknownCommand
        /// An argument is missing, malformed or one too many.
        case arguments
        /// The line is longer than its limit.
        case lineTooLong
        /// The line has no end in sight; the connection closes.
        case lineEndless
    }

    package var kind: Kind
    /// Octets from the start of the line.
    package var offset: Int

    package init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    /// What the client is told.
    package var reply: POP3Reply {
        switch self.kind {
        case .unknownCommand: .refused("Unknown command")
        case .arguments: .refused("Syntax error in arguments")
        case .lineTooLong: .refused("Line too long")
        case .lineEndless: .refused("Line without end; this is a POP3 server")
        }
    }
}
