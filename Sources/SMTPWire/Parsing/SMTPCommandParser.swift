internal import MailBytes
internal import MailTypes
package import NIOCore

/// Reads a framed command line into a command, or says what is wrong with it.
///
/// It believes nothing and looks nothing up; whether a command may come now is the session's business. What was never
/// announced is not understood either. RFC 5321 §4.1.
package struct SMTPCommandParser: Sendable {
    package var dialect: SMTPDialect
    /// What has been announced to this client.
    package var extensions: SMTPExtensions
    /// The message begun with MAIL has SMTPUTF8, so its recipients may be UTF-8. RFC 6531 §3.4.
    package var isInternationalTransaction = false
    package var limits: SMTPLimits

    package init(dialect: SMTPDialect, extensions: SMTPExtensions, limits: SMTPLimits = SMTPLimits()) {
        self.dialect = dialect
        self.extensions = extensions
        self.limits = limits
    }

    /// - Parameter line: one whole line without its CRLF.
    package func parse(_ line: ByteBuffer) throws(SMTPSyntaxError) -> SMTPCommand {
        let bytes = line.readableBytesUInt8Span
        var cursor = SMTPCursor(end: Self.trimmedEnd(bytes))
        let verb = cursor.takeVerb(bytes)
        switch verb.count {
        case 4:
            return try self.fourLetterCommand(Self.packed(bytes), bytes, &cursor)
        case 8 where bytes.equalsIgnoringCase("STARTTLS", from: 0, to: 8):
            try self.requireOffered(.startTLS)
            try cursor.requireEnd()
            return .startTLS
        default:
            throw SMTPSyntaxError(.unknownCommand, at: 0)
        }
    }

    private func fourLetterCommand(
        _ verb: UInt32,
        _ bytes: Span<UInt8>,
        _ cursor: inout SMTPCursor
    ) throws(SMTPSyntaxError) -> SMTPCommand {
        switch verb {
        case Verb.mail: return try self.mail(bytes, &cursor)
        case Verb.rcpt: return try self.rcpt(bytes, &cursor)
        case Verb.data: return try Self.bare(.data, cursor)
        case Verb.bdat: return try self.bdat(bytes, &cursor)
        case Verb.rset: return try Self.bare(.rset, cursor)
        case Verb.quit: return try Self.bare(.quit, cursor)
        case Verb.noop: return .noop
        case Verb.ehlo where self.dialect == .smtp: return .ehlo(try cursor.takeGreetingName(bytes))
        case Verb.helo where self.dialect == .smtp: return .helo(try cursor.takeGreetingName(bytes))
        case Verb.lhlo where self.dialect == .lmtp: return .lhlo(try cursor.takeGreetingName(bytes))
        case Verb.auth: return try self.auth(bytes, &cursor)
        case Verb.vrfy: return .vrfy(try self.text(bytes, &cursor))
        case Verb.expn: return .expn(try self.text(bytes, &cursor))
        case Verb.help: return .help(cursor.isAtEnd ? nil : try self.text(bytes, &cursor))
        case Verb.etrn, Verb.turn, Verb.send, Verb.soml, Verb.saml: throw SMTPSyntaxError(.notOffered, at: 0)
        default: throw SMTPSyntaxError(.unknownCommand, at: 0)
        }
    }
}

extension SMTPCommandParser {
    /// `mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]`
    private func mail(_ bytes: Span<UInt8>, _ cursor: inout SMTPCursor) throws(SMTPSyntaxError) -> SMTPCommand {
        try cursor.skipKeyword("FROM:", bytes)
        let pathStart = cursor.position
        let path = try cursor.takeReversePath(bytes, self.pathRules(.senderAddress))
        let parameters = try self.mailParameters(bytes, &cursor)
        if cursor.hasSeenUTF8 && !parameters.isInternationalized {
            throw SMTPSyntaxError(.internationalAddress, at: pathStart)
        }
        return .mail(path, parameters)
    }

    /// `rcpt = "RCPT TO:" ( "<Postmaster>" / Forward-path ) [SP Rcpt-parameters]`
    private func rcpt(_ bytes: Span<UInt8>, _ cursor: inout SMTPCursor) throws(SMTPSyntaxError) -> SMTPCommand {
        try cursor.skipKeyword("TO:", bytes)
        let pathStart = cursor.position
        let path = try cursor.takeForwardPath(bytes, self.pathRules(.recipientAddress))
        if cursor.hasSeenUTF8 && !self.isInternationalTransaction {
            throw SMTPSyntaxError(.internationalAddress, at: pathStart)
        }
        return .rcpt(path, try self.rcptParameters(bytes, &cursor))
    }

    /// `bdat-cmd = "BDAT" SP chunk-size [SP "LAST"]` (RFC 3030 §2)
    private func bdat(_ bytes: Span<UInt8>, _ cursor: inout SMTPCursor) throws(SMTPSyntaxError) -> SMTPCommand {
        try self.requireOffered(.chunking)
        let octets = try cursor.takeNumber(bytes)
        guard !cursor.isAtEnd else { return .bdat(octets: octets, isLast: false) }
        try cursor.skipBlanks(bytes)
        guard bytes.equalsIgnoringCase("LAST", from: cursor.position, to: cursor.end) else {
            throw SMTPSyntaxError(.arguments, at: cursor.position)
        }
        return .bdat(octets: octets, isLast: true)
    }

    /// `auth-command = "AUTH" SP sasl-mech [SP initial-response]`, a lone `=` being an empty response (RFC 4954 §8)
    private func auth(_ bytes: Span<UInt8>, _ cursor: inout SMTPCursor) throws(SMTPSyntaxError) -> SMTPCommand {
        try self.requireOffered(.auth)
        let start = cursor.position
        let name = cursor.takeWord(bytes)
        guard (1...20).contains(name.count) else { throw SMTPSyntaxError(.arguments, at: start) }
        var mechanism = ""
        for index in name {
            let byte = bytes[index]
            guard ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else {
                throw SMTPSyntaxError(.arguments, at: index)
            }
            mechanism.unicodeScalars.append(Unicode.Scalar(ASCII.uppercased(byte)))
        }
        guard !cursor.isAtEnd else { return .auth(mechanism: mechanism, initialResponse: nil) }
        try cursor.skipBlanks(bytes)
        let response = cursor.takeWord(bytes)
        try cursor.requireEnd()
        var initialResponse = ByteBuffer()
        if response.count != 1 || bytes[response.lowerBound] != UInt8(ascii: "=") {
            initialResponse.writeSpan(bytes, response)
        }
        return .auth(mechanism: mechanism, initialResponse: initialResponse)
    }

    /// The argument of VRFY, EXPN and HELP, whatever it says.
    private func text(_ bytes: Span<UInt8>, _ cursor: inout SMTPCursor) throws(SMTPSyntaxError) -> String {
        let start = cursor.position
        guard start < cursor.end else { throw SMTPSyntaxError(.arguments, at: start) }
        for index in start..<cursor.end where ASCII.isControl(bytes[index]) {
            throw SMTPSyntaxError(.arguments, at: index)
        }
        guard let text = String(validating: bytes, start..<cursor.end) else {
            throw SMTPSyntaxError(.arguments, at: start)
        }
        return text
    }

    private static func bare(_ command: SMTPCommand, _ cursor: SMTPCursor) throws(SMTPSyntaxError) -> SMTPCommand {
        try cursor.requireEnd()
        return command
    }

    private func requireOffered(_ feature: SMTPExtensions) throws(SMTPSyntaxError) {
        guard self.extensions.contains(feature) else { throw SMTPSyntaxError(.notOffered, at: 0) }
    }

    private func pathRules(_ kind: SMTPSyntaxError.Kind) -> SMTPPathRules {
        SMTPPathRules(
            kind: kind,
            allowsUTF8: self.extensions.contains(.internationalized),
            localPartOctetsMax: self.limits.localPartOctetsMax,
            domainOctetsMax: self.limits.domainOctetsMax
        )
    }

    /// Blanks after the last word are no argument; many clients leave one.
    private static func trimmedEnd(_ bytes: Span<UInt8>) -> Int {
        var end = bytes.count
        while end > 0 && ASCII.isBlank(bytes[end - 1]) { end -= 1 }
        return end
    }

    /// The first four bytes in capitals as one number, so that a verb is found by one comparison each.
    private static func packed(_ bytes: Span<UInt8>) -> UInt32 {
        var verb: UInt32 = 0
        for index in 0..<4 { verb = verb << 8 | UInt32(ASCII.uppercased(bytes[index])) }
        return verb
    }

    private enum Verb {
        static let mail: UInt32 = 0x4D41_494C
        static let rcpt: UInt32 = 0x5243_5054
        static let data: UInt32 = 0x4441_5441
        static let bdat: UInt32 = 0x4244_4154
        static let rset: UInt32 = 0x5253_4554
        static let quit: UInt32 = 0x5155_4954
        static let noop: UInt32 = 0x4E4F_4F50
        static let ehlo: UInt32 = 0x4548_4C4F
        static let helo: UInt32 = 0x4845_4C4F
        static let lhlo: UInt32 = 0x4C48_4C4F
        static let auth: UInt32 = 0x4155_5448
        static let vrfy: UInt32 = 0x5652_4659
        static let expn: UInt32 = 0x4558_504E
        static let help: UInt32 = 0x4845_4C50
        static let etrn: UInt32 = 0x4554_524E
        static let turn: UInt32 = 0x5455_524E
        static let send: UInt32 = 0x5345_4E44
        static let soml: UInt32 = 0x534F_4D4C
        static let saml: UInt32 = 0x5341_4D4C
    }
}
