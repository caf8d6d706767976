package import MIME
internal import MailBytes
internal import MailTypes

extension AuthenticationResults {
    /// Reads a field's value; `nil` when it breaks the grammar. RFC 8601 §2.2.
    package init?(_ value: Range<Int>, in bytes: Span<UInt8>) {
        guard value.count <= SenderAuthLimits.resultsOctetsMax else { return nil }
        let octets = unsafe bytes.extracting(value).withUnsafeBufferPointer { unsafe Array($0) }
        var parser = ResultsParser(octets)
        guard let read = parser.read() else { return nil }
        self = read
    }

    package init?(_ text: String) {
        let octets = Array(text.utf8)
        self.init(0..<octets.count, in: octets.span)
    }

    /// The Authentication-Results fields of a message that claim to be our own word, though we have not yet spoken:
    /// whole lines, to be taken out on the way in. RFC 8601 §5.
    package static func forgedFields(in message: Span<UInt8>, host: String) -> [Range<Int>] {
        var forged: [Range<Int>] = []
        var scanner = HeaderScanner()
        while let field = scanner.next(in: message) {
            if self.isForged(field, in: message, host: host) { forged.append(field.whole) }
        }
        return forged
    }

    /// Whether this field claims to be `host`'s word on a message, be it that a reader less strict than us would take
    /// it so.
    package static func isForged(_ field: HeaderField, in message: Span<UInt8>, host: String) -> Bool {
        guard self.fieldName.matches(field.name, in: message) else { return false }
        let ours = host.lowercased()
        let octets = unsafe message.extracting(field.value).withUnsafeBufferPointer { unsafe Array($0) }
        var parser = ResultsParser(octets)
        guard let claimed = parser.takeHost() else {
            // An encoded word is no name, but some readers decode whatever they show.
            let text = String(decoding: octets, as: UTF8.self).lowercased()
            return text.contains(ours) || text.contains("=?") || self.isNamed(ours, loosely: octets)
        }
        return claimed.lowercased() == ours || DNSName(international: claimed)?.text == ours
            || self.isNamed(ours, loosely: octets)
    }

    /// Whether what stands before the first semicolon is that name, and the version, for a reader who passes over
    /// comments, blanks and whatever else has no place in a name.
    private static func isNamed(_ host: String, loosely octets: [UInt8]) -> Bool {
        var name: [UInt8] = []
        var commentLevel = 0
        for byte in octets where name.count <= host.utf8.count + 1 {
            switch byte {
            case UInt8(ascii: "("): commentLevel += 1
            case UInt8(ascii: ")"): commentLevel = max(0, commentLevel - 1)
            case _ where commentLevel > 0: continue
            case UInt8(ascii: ";"): return self.isNamed(host, name)
            case ASCII.space, ASCII.quote, ASCII.backslash: continue
            case _ where ASCII.isControl(byte): continue
            default: name.append(ASCII.lowercased(byte))
            }
        }
        return self.isNamed(host, name)
    }

    private static func isNamed(_ host: String, _ name: [UInt8]) -> Bool {
        name.elementsEqual(host.utf8) || name.elementsEqual("\(host)1".utf8)
    }

    private static let fieldName: HeaderName = "Authentication-Results"
}

/// Reads the words of an Authentication-Results field.
///
///     authres-payload = [CFWS] authserv-id [ CFWS authres-version ] ( no-result / 1*resinfo ) [CFWS]
///     no-result       = [CFWS] ";" [CFWS] "none"
///     resinfo         = [CFWS] ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ]
///     methodspec      = [CFWS] method [CFWS] "=" [CFWS] result
///     propspec        = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue
private struct ResultsParser {
    private let octets: [UInt8]
    private var position = 0

    init(_ octets: [UInt8]) {
        self.octets = octets
    }

    mutating func read() -> AuthenticationResults? {
        guard let host = self.takeHost() else { return nil }
        self.skipBlanks()
        if let version = self.takeKeyword() {
            guard version == "1" else { return nil }
            self.skipBlanks()
        }
        var results: [AuthenticationResults.MethodResult] = []
        while self.take(";") {
            self.skipBlanks()
            // A semicolon at the end is not by the grammar, but many write it.
            if self.isAtEnd { break }
            guard let method = self.takeKeyword() else { return nil }
            self.skipBlanks()
            if method == "none", results.isEmpty, self.isAtEnd { break }
            guard results.count < SenderAuthLimits.resultsMax, let result = self.takeResult(of: method) else {
                return nil
            }
            results.append(result)
        }
        return self.isAtEnd ? AuthenticationResults(host: host, results: results) : nil
    }

    mutating func takeHost() -> String? {
        self.skipBlanks()
        guard let host = self.takeValue(), !host.isEmpty else { return nil }
        let end = self.position
        self.skipBlanks()
        // The id ends at a blank, a comment, a semicolon or the field's end.
        return self.isAtEnd || self.octets[self.position] == UInt8(ascii: ";") || self.position > end ? host : nil
    }

    private mutating func takeResult(of method: String) -> AuthenticationResults.MethodResult? {
        if self.take("/") {
            self.skipBlanks()
            guard self.takeKeyword() != nil else { return nil }
            self.skipBlanks()
        }
        guard self.take("=") else { return nil }
        self.skipBlanks()
        guard let word = self.takeKeyword() else { return nil }
        var result = AuthenticationResults.MethodResult(method.lowercased(), word.lowercased())
        self.skipBlanks()
        while !self.isAtEnd, self.octets[self.position] != UInt8(ascii: ";") {
            guard result.properties.count < SenderAuthLimits.resultsMax, self.takeProperty(into: &result) else {
                return nil
            }
            self.skipBlanks()
        }
        return result
    }

    /// A reason or a property.
    private mutating func takeProperty(into result: inout AuthenticationResults.MethodResult) -> Bool {
        guard let type = self.takeKeyword() else { return false }
        self.skipBlanks()
        if self.take("=") {
            guard type.lowercased() == "reason", result.reason == nil else { return false }
            self.skipBlanks()
            result.reason = self.takeValue()
            return result.reason != nil
        }
        guard self.take(".") else { return false }
        self.skipBlanks()
        guard let name = self.takePropertyName() else { return false }
        self.skipBlanks()
        guard self.take("=") else { return false }
        self.skipBlanks()
        guard let value = self.takePropertyValue() else { return false }
        result.properties.append(.init(type.lowercased(), name.lowercased(), value))
        return true
    }

    // MARK: Words

    private var isAtEnd: Bool { self.position == self.octets.count }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard !self.isAtEnd, self.octets[self.position] == UInt8(ascii: character) else { return false }
        self.position += 1
        return true
    }

    /// White space, line ends and comments, which may nest. An open comment ends with the field.
    private mutating func skipBlanks() {
        var level = 0
        while !self.isAtEnd {
            switch self.octets[self.position] {
            case UInt8(ascii: "("): level += 1
            case UInt8(ascii: ")") where level > 0: level -= 1
            case ASCII.backslash where level > 0: self.position = min(self.position + 1, self.octets.count - 1)
            case ASCII.space, ASCII.tab, ASCII.carriageReturn, ASCII.lineFeed: break
            default: if level == 0 { return }
            }
            self.position += 1
        }
    }

    private mutating func takeWord(while belongs: (UInt8) -> Bool) -> String? {
        let word = self.octets[self.position...].prefix(while: belongs)
        guard !word.isEmpty else { return nil }
        self.position = word.endIndex
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func takeKeyword() -> String? {
        self.takeWord { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    /// A header field's name can be one too.
    private mutating func takePropertyName() -> String? {
        self.takeWord { HeaderToken.isTokenByte($0) }
    }

    ///     value = token / quoted-string
    private mutating func takeValue() -> String? {
        guard self.take("\"") else { return self.takeWord(while: HeaderToken.isTokenByte) }
        return self.takeQuoted()
    }

    private mutating func takeQuoted() -> String? {
        var text: [UInt8] = []
        while !self.isAtEnd {
            let byte = self.octets[self.position]
            self.position += 1
            switch byte {
            case ASCII.quote: return String(decoding: text, as: UTF8.self)
            case ASCII.backslash where !self.isAtEnd:
                text.append(self.octets[self.position])
                self.position += 1
            case ASCII.carriageReturn, ASCII.lineFeed: continue
            default: text.append(byte)
            }
        }
        return nil
    }

    /// Addresses stand without quotes, and many write URLs, slashes and more of the kind bare as well: all up to the
    /// next blank or semicolon belongs to it.
    private mutating func takePropertyValue() -> String? {
        guard !self.isAtEnd, self.octets[self.position] == ASCII.quote else {
            return self.takeWord { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(") }
        }
        self.position += 1
        guard let text = self.takeQuoted() else { return nil }
        // A quoted local part goes on with its domain.
        guard !self.isAtEnd, self.octets[self.position] == UInt8(ascii: "@") else { return text }
        return self.takeWord { $0 > 0x20 && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(") }.map { text + $0 }
    }
}
