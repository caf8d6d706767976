package import MailTypes

/// A server's answer to one command: a three-digit code, a status code, and lines of text.
///
/// The text is for the peer's log: it never names a file, a query or a host behind us.
/// RFC 5321 §4.2, RFC 2034, RFC 3463.
package struct SMTPReply: Hashable, Sendable, CustomStringConvertible {
    /// 200 to 599.
    package var code: Int
    /// Stands on every line when given. Greetings and answers to HELO, EHLO and LHLO have none. RFC 2034 §4.
    package var enhanced: EnhancedStatus?
    /// At least one; without codes and line ends.
    package var lines: [String]

    package init(_ code: Int, _ enhanced: EnhancedStatus?, lines: [String]) {
        self.code = code
        self.enhanced = enhanced
        self.lines = lines.isEmpty ? [""] : lines
    }

    package init(_ code: Int, _ enhanced: EnhancedStatus?, _ text: String) {
        self.init(code, enhanced, lines: [text])
    }

    /// A reply whose status code is written as in the standards, `"5.1.1"`.
    package init(_ code: Int, _ enhanced: StaticString, _ text: String) {
        self.init(code, EnhancedStatus(enhanced), lines: [text])
    }

    /// 2yz: done.
    package var isCompletion: Bool { self.code / 100 == 2 }
    /// 3yz: go on.
    package var isIntermediate: Bool { self.code / 100 == 3 }
    /// 4yz: try again later.
    package var isTransientFailure: Bool { self.code / 100 == 4 }
    /// 5yz: do not try again.
    package var isPermanentFailure: Bool { self.code / 100 == 5 }

    /// All on one line, as logs and notices show it: `550 5.1.1 No such user`.
    package var description: String {
        let text = self.lines.joined(separator: " / ")
        return self.enhanced.map { "\(self.code) \($0) \(text)" } ?? "\(self.code) \(text)"
    }
}

extension SMTPReply {
    package static let ok = Self(250, "2.0.0", "OK")
    package static let senderAccepted = Self(250, "2.1.0", "Sender OK")
    package static let recipientAccepted = Self(250, "2.1.5", "Recipient OK")
    package static let resetDone = Self(250, "2.0.0", "Reset")
    package static let bye = Self(221, "2.0.0", "Bye")
    package static let startInput = Self(354, nil, "End data with <CR><LF>.<CR><LF>")
    package static let readyForTLS = Self(220, "2.0.0", "Ready to start TLS")
    package static let cannotVerify = Self(252, "2.5.0", "Cannot verify; send a message to find out")
    package static let badSequence = Self(503, "5.5.1", "Command out of order")
    package static let noRecipients = Self(554, "5.5.1", "No valid recipients")
    package static let tooManyRecipients = Self(452, "4.5.3", "Too many recipients")
    package static let messageTooLarge = Self(552, "5.3.4", "Message too large")
    package static let insufficientStorage = Self(452, "4.3.1", "Insufficient storage; try again later")
    package static let localError = Self(451, "4.3.0", "Temporary failure; try again later")
    package static let shuttingDown = Self(421, "4.3.2", "Service is closing; try again")
    package static let idleTooLong = Self(421, "4.4.2", "Idle for too long")
    package static let authenticationRequired = Self(530, "5.7.0", "Authentication required")
    package static let tlsRequired = Self(530, "5.7.0", "Issue STARTTLS first")
    /// A bare CR or LF stood in the message: lesson 8. RFC 5321 §2.3.8.
    package static let bareLineEnd = Self(550, "5.6.11", "Message holds a bare CR or LF; lines must end in CRLF")
}
