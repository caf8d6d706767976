internal import MailBytes
internal import MailTypes

/// One `keyword[=value]`, as positions in the line.
struct SMTPParameter {
    let keyword: Range<Int>
    /// `nil` without `=`; empty when nothing follows it.
    let value: Range<Int>?
}

extension SMTPCommandParser {
    /// Reads what may stand behind the sender. Each parameter at most once, and only announced ones.
    func mailParameters(_ bytes: Span<UInt8>, _ cursor: inout SMTPCursor) throws(SMTPSyntaxError) -> MailParameters {
        var parameters = MailParameters()
        var count = 0
        while let parameter = try self.takeParameter(bytes, &cursor, &count) {
            let keyword = parameter.keyword
            if self.matches("SIZE", .size, keyword, bytes) {
                try Self.requireFirst(parameters.size, keyword)
                parameters.size = try Self.number(parameter, bytes)
            } else if self.matches("BODY", [.eightBitMIME, .binaryMIME], keyword, bytes) {
                try Self.requireFirst(parameters.body, keyword)
                parameters.body = try self.body(parameter, bytes)
            } else if self.matches("SMTPUTF8", .internationalized, keyword, bytes) {
                guard !parameters.isInternationalized, parameter.value == nil else {
                    throw SMTPSyntaxError(.parameterValue, at: keyword.lowerBound)
                }
                parameters.isInternationalized = true
            } else if self.matches("RET", .dsn, keyword, bytes) {
                try Self.requireFirst(parameters.dsnReturn, keyword)
                parameters.dsnReturn = try Self.dsnReturn(parameter, bytes)
            } else if self.matches("ENVID", .dsn, keyword, bytes) {
                try Self.requireFirst(parameters.envelopeID, keyword)
                parameters.envelopeID = try self.envelopeID(parameter, bytes)
            } else if self.matches("AUTH", .auth, keyword, bytes) {
                try Self.requireFirst(parameters.submitter, keyword)
                parameters.submitter = try self.submitter(parameter, bytes)
            } else if self.matches("BY", .deliverBy, keyword, bytes) {
                try Self.requireFirst(parameters.deliverBy, keyword)
                parameters.deliverBy = try Self.deliverBy(parameter, bytes)
            } else {
                throw SMTPSyntaxError(.unknownParameter, at: keyword.lowerBound)
            }
        }
        return parameters
    }

    /// Reads what may stand behind a recipient.
    func rcptParameters(_ bytes: Span<UInt8>, _ cursor: inout SMTPCursor) throws(SMTPSyntaxError) -> RcptParameters {
        var parameters = RcptParameters()
        var count = 0
        while let parameter = try self.takeParameter(bytes, &cursor, &count) {
            let keyword = parameter.keyword
            if self.matches("NOTIFY", .dsn, keyword, bytes) {
                try Self.requireFirst(parameters.notify, keyword)
                parameters.notify = try Self.notify(parameter, bytes)
            } else if self.matches("ORCPT", .dsn, keyword, bytes) {
                try Self.requireFirst(parameters.originalRecipient, keyword)
                parameters.originalRecipient = try self.originalRecipient(parameter, bytes)
            } else {
                throw SMTPSyntaxError(.unknownParameter, at: keyword.lowerBound)
            }
        }
        return parameters
    }

    /// `esmtp-param = esmtp-keyword ["=" esmtp-value]`; `nil` at the end of the line.
    private func takeParameter(
        _ bytes: Span<UInt8>,
        _ cursor: inout SMTPCursor,
        _ count: inout Int
    ) throws(SMTPSyntaxError) -> SMTPParameter? {
        guard !cursor.isAtEnd else { return nil }
        try cursor.skipBlanks(bytes)
        count += 1
        guard count <= self.limits.parametersMax else { throw SMTPSyntaxError(.arguments, at: cursor.position) }
        let start = cursor.position
        while ASCII.isAlphanumeric(cursor.next(bytes)) || cursor.next(bytes) == UInt8(ascii: "-") {
            cursor.position += 1
        }
        let keyword = start..<cursor.position
        guard !keyword.isEmpty, bytes[start] != UInt8(ascii: "-") else { throw SMTPSyntaxError(.arguments, at: start) }
        guard cursor.skip(UInt8(ascii: "="), bytes) else {
            guard cursor.isAtEnd || ASCII.isBlank(cursor.next(bytes)) else {
                throw SMTPSyntaxError(.arguments, at: cursor.position)
            }
            return SMTPParameter(keyword: keyword, value: nil)
        }
        let value = cursor.takeWord(bytes)
        for index in value where ASCII.isControl(bytes[index]) { throw SMTPSyntaxError(.parameterValue, at: index) }
        return SMTPParameter(keyword: keyword, value: value)
    }

    private func matches(
        _ name: StaticString,
        _ features: SMTPExtensions,
        _ keyword: Range<Int>,
        _ bytes: Span<UInt8>
    ) -> Bool {
        !self.extensions.isDisjoint(with: features)
            && bytes.equalsIgnoringCase(name, from: keyword.lowerBound, to: keyword.upperBound)
    }

    /// A parameter given twice is refused, even with the same value. RFC 5321 §4.1.1.11.
    private static func requireFirst<Value>(_ earlier: Value?, _ keyword: Range<Int>) throws(SMTPSyntaxError) {
        guard earlier == nil else { throw SMTPSyntaxError(.parameterValue, at: keyword.lowerBound) }
    }

    static func value(_ parameter: SMTPParameter, atMost octetsMax: Int) throws(SMTPSyntaxError) -> Range<Int> {
        guard let value = parameter.value, (1...octetsMax).contains(value.count) else {
            throw SMTPSyntaxError(.parameterValue, at: parameter.keyword.lowerBound)
        }
        return value
    }
}

extension SMTPCommandParser {
    /// `SIZE=1*20DIGIT`
    private static func number(_ parameter: SMTPParameter, _ bytes: Span<UInt8>) throws(SMTPSyntaxError) -> Int {
        let value = try Self.value(parameter, atMost: 20)
        var cursor = SMTPCursor(end: value.upperBound)
        cursor.position = value.lowerBound
        guard let number = try? cursor.takeNumber(bytes), cursor.isAtEnd else {
            throw SMTPSyntaxError(.parameterValue, at: value.lowerBound)
        }
        return number
    }

    /// `BODY=( "7BIT" / "8BITMIME" / "BINARYMIME" )`
    private func body(_ parameter: SMTPParameter, _ bytes: Span<UInt8>) throws(SMTPSyntaxError) -> MailParameters.Body {
        let value = try Self.value(parameter, atMost: 10)
        let (start, end) = (value.lowerBound, value.upperBound)
        if bytes.equalsIgnoringCase("8BITMIME", from: start, to: end) { return .eightBitMIME }
        if bytes.equalsIgnoringCase("7BIT", from: start, to: end) { return .sevenBit }
        if bytes.equalsIgnoringCase("BINARYMIME", from: start, to: end), self.extensions.contains(.binaryMIME) {
            return .binaryMIME
        }
        throw SMTPSyntaxError(.parameterValue, at: start)
    }

    /// `RET=( "FULL" / "HDRS" )` (RFC 3461 §4.3)
    private static func dsnReturn(_ parameter: SMTPParameter, _ bytes: Span<UInt8>) throws(SMTPSyntaxError) -> DSNReturn
    {
        let value = try Self.value(parameter, atMost: 4)
        let (start, end) = (value.lowerBound, value.upperBound)
        if bytes.equalsIgnoringCase("FULL", from: start, to: end) { return .full }
        if bytes.equalsIgnoringCase("HDRS", from: start, to: end) { return .headers }
        throw SMTPSyntaxError(.parameterValue, at: start)
    }

    /// `NOTIFY=( "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" ) )` (RFC 3461 §4.1)
    private static func notify(_ parameter: SMTPParameter, _ bytes: Span<UInt8>) throws(SMTPSyntaxError) -> DSNNotify {
        let value = try Self.value(parameter, atMost: 28)
        var wishes: DSNNotify = []
        var start = value.lowerBound
        while start <= value.upperBound {
            let end = bytes.firstIndex(of: UInt8(ascii: ","), from: start, to: value.upperBound) ?? value.upperBound
            let wish: DSNNotify
            if bytes.equalsIgnoringCase("NEVER", from: start, to: end) {
                wish = .never
            } else if bytes.equalsIgnoringCase("SUCCESS", from: start, to: end) {
                wish = .success
            } else if bytes.equalsIgnoringCase("FAILURE", from: start, to: end) {
                wish = .failure
            } else if bytes.equalsIgnoringCase("DELAY", from: start, to: end) {
                wish = .delay
            } else {
                throw SMTPSyntaxError(.parameterValue, at: start)
            }
            wishes.insert(wish)
            start = end + 1
        }
        guard !wishes.contains(.never) || wishes == .never else {
            throw SMTPSyntaxError(.parameterValue, at: value.lowerBound)
        }
        return wishes
    }

    /// `ENVID=xtext` (RFC 3461 §4.4)
    private func envelopeID(_ parameter: SMTPParameter, _ bytes: Span<UInt8>) throws(SMTPSyntaxError) -> String {
        let octetsMax = self.limits.envelopeIDOctetsMax
        let value = try Self.value(parameter, atMost: octetsMax)
        return try XText.normalized(bytes, value, atMost: octetsMax, allowsUTF8: false)
    }

    /// `ORCPT=addr-type ";" xtext`, raw UTF-8 too in an internationalised message. RFC 3461 §4.2, RFC 6533 §3.
    private func originalRecipient(
        _ parameter: SMTPParameter,
        _ bytes: Span<UInt8>
    ) throws(SMTPSyntaxError) -> String {
        let octetsMax = self.limits.originalRecipientOctetsMax
        let value = try Self.value(parameter, atMost: octetsMax)
        let separator = bytes.firstIndex(of: UInt8(ascii: ";"), from: value.lowerBound, to: value.upperBound)
        guard let separator, separator > value.lowerBound, separator + 1 < value.upperBound else {
            throw SMTPSyntaxError(.parameterValue, at: value.lowerBound)
        }
        for index in value.lowerBound..<separator
        where !ASCII.isAlphanumeric(bytes[index]) && bytes[index] != UInt8(ascii: "-") {
            throw SMTPSyntaxError(.parameterValue, at: index)
        }
        return try XText.normalized(
            bytes,
            value,
            atMost: octetsMax,
            allowsUTF8: self.isInternationalTransaction
        )
    }

    /// `AUTH=( xtext / "<>" )` (RFC 4954 §5)
    private func submitter(
        _ parameter: SMTPParameter,
        _ bytes: Span<UInt8>
    ) throws(SMTPSyntaxError) -> MailParameters.SubmitterIdentity {
        let value = try Self.value(parameter, atMost: self.limits.submitterOctetsMax)
        if bytes.equalsIgnoringCase("<>", from: value.lowerBound, to: value.upperBound) { return .unknown }
        let text = try XText.normalized(bytes, value, atMost: 3 * value.count, allowsUTF8: false)
        guard let mailbox = XText.decode(text) else {
            throw SMTPSyntaxError(.parameterValue, at: value.lowerBound)
        }
        return .mailbox(mailbox)
    }
}
