/// Where and why a command disagrees with the grammar, without a byte of what it said: it may hold a password.
package struct ManageSieveSyntaxError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// No command we know.
        case unknownCommand
        /// A space was expected.
        case space
        /// A quoted string or a literal was expected.
        case string
        /// A number from 0 to 4294967295 was expected.
        case number
        /// The name of a SASL mechanism was expected.
        case mechanism
        /// A string is no name a script may have. RFC 5804 §1.6.
        case scriptName
        /// The command should have ended.
        case endOfCommand
        /// The command without its literals is longer than its limit.
        case lineTooLong
        /// The literals of the command are larger than their limit.
        case literalTooLong
        case literalsTooMany
        /// More than we are ready to throw away; the connection closes.
        case skippedTooLong
    }

    package var kind: Kind
    /// Octets from the start of the command, as far as it was looked at.
    package var offset: Int

    package init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    /// What the client is told.
    package var reply: ManageSieveReply {
        switch self.kind {
        case .unknownCommand: .refused("Unknown command")
        case .space: .refused("Syntax error: a space was expected")
        case .string: .refused("Syntax error: a string was expected")
        case .number: .refused("Syntax error: a number from 0 to 4294967295 was expected")
        case .mechanism: .refused("Syntax error: the name of a SASL mechanism was expected")
        case .scriptName: .refused("That cannot be the name of a script")
        case .endOfCommand: .refused("Syntax error: the end of the command was expected")
        case .lineTooLong: .refused("Line too long")
        case .literalTooLong: .refused("Too large", .quotaMaxSize)
        case .literalsTooMany: .refused("Too many strings")
        case .skippedTooLong: .bye("Too large by far")
        }
    }
}
