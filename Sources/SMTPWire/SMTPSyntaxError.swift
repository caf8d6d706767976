/// Where and why a command line disagrees with the grammar, without a byte of what it said.
///
/// The text of a command may hold a password, so it is never carried along.
package struct SMTPSyntaxError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// No verb we know: 500.
        case unknownCommand
        /// A verb the standard knows and this server does not offer: 502.
        case notOffered
        /// The line is longer than its limit: 500. RFC 5321 §4.5.3.1.9.
        case lineTooLong
        /// The line has no end in sight: 421, and the connection closes.
        case lineEndless
        /// The line ended in LF without CR: 500. RFC 5321 §2.3.8.
        case bareLineFeed
        /// An argument is missing, malformed or one too many: 501.
        case arguments
        /// The sender's address is malformed: 501 5.1.7.
        case senderAddress
        /// The recipient's address is malformed: 501 5.1.3.
        case recipientAddress
        /// UTF-8 in an address of a message not sent with SMTPUTF8: 553 5.6.7. RFC 6531 §3.5.
        case internationalAddress
        /// A parameter we never announced: 555. RFC 5321 §4.1.1.11.
        case unknownParameter
        /// A parameter we know with a value it cannot have, or given twice: 501 5.5.4.
        case parameterValue
    }

    package var kind: Kind
    /// Octets from the start of the line.
    package var offset: Int

    package init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    /// What the client is told.
    package var reply: SMTPReply {
        switch self.kind {
        case .unknownCommand: SMTPReply(500, "5.5.1", "Command not recognized")
        case .notOffered: SMTPReply(502, "5.5.1", "Command not offered here")
        case .lineTooLong: SMTPReply(500, "5.5.2", "Line too long")
        case .lineEndless: SMTPReply(421, "4.7.0", "Line without end; this is an SMTP server")
        case .bareLineFeed: SMTPReply(500, "5.5.2", "Lines must end in CRLF")
        case .arguments: SMTPReply(501, "5.5.4", "Syntax error in arguments")
        case .senderAddress: SMTPReply(501, "5.1.7", "Syntax error in sender address")
        case .recipientAddress: SMTPReply(501, "5.1.3", "Syntax error in recipient address")
        case .internationalAddress: SMTPReply(553, "5.6.7", "Address needs SMTPUTF8")
        case .unknownParameter: SMTPReply(555, "5.5.4", "Parameter not recognized")
        case .parameterValue: SMTPReply(501, "5.5.4", "Syntax error in a parameter's value")
        }
    }
}
