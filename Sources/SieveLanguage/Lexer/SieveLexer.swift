internal import MailBytes

/// Cuts a script into words, reporting what is none and going on behind it.
///
/// Every mistake inside a word is reported here and once; the word is handed on all the same, so that the
/// parser does not stumble over it again. RFC 5228 §2.1 to §2.4, §8.1.
struct SieveLexer {
    private let script: [UInt8]
    private let limits: SieveLimits
    private var index = 0
    private var position = SievePosition.start
    var diagnostics: DiagnosticList
    /// Whether the script ended inside a string or comment, so that its end is no news.
    private(set) var isBrokenOff = false

    init(_ script: [UInt8], limits: SieveLimits) {
        self.script = script
        self.limits = limits
        self.diagnostics = DiagnosticList(max: limits.diagnosticsMax)
        // A byte order mark is no part of the script.
        if script.starts(with: [0xEF, 0xBB, 0xBF]) { self.index = 3 }
    }

    mutating func next() -> SieveToken {
        self.skipWhiteSpace()
        let start = self.position
        guard let byte = self.current else { return SieveToken(kind: .end, position: start) }
        switch byte {
        case ASCII.quote:
            return SieveToken(kind: .string(self.takeQuotedString()), position: start)
        case UInt8(ascii: ":"):
            return SieveToken(kind: self.takeTag(), position: start)
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: ";"):
            self.advance()
            return SieveToken(kind: .mark(byte), position: start)
        case _ where ASCII.isDigit(byte):
            return SieveToken(kind: .number(self.takeNumber()), position: start)
        case _ where ASCII.isLetter(byte) || byte == UInt8(ascii: "_"):
            return SieveToken(kind: self.takeWord(), position: start)
        default:
            self.skipUnreadable()
            return SieveToken(kind: .unreadable, position: start)
        }
    }

    // MARK: - Bytes

    private var current: UInt8? { self.index < self.script.count ? self.script[self.index] : nil }

    private func peek(_ distance: Int) -> UInt8? {
        self.index + distance < self.script.count ? self.script[self.index + distance] : nil
    }

    private mutating func advance() {
        let byte = self.script[self.index]
        self.index += 1
        if byte == ASCII.lineFeed {
            self.position.line += 1
            self.position.column = 1
        } else if byte & 0xC0 != 0x80 {
            self.position.column += 1
        }
    }

    private func text(from start: Int) -> String {
        String(decoding: self.script[start..<self.index], as: UTF8.self)
    }

    // MARK: - White space

    ///     white-space = 1*(SP / CRLF / HTAB) / comment
    private mutating func skipWhiteSpace() {
        while let byte = self.current {
            switch byte {
            case ASCII.space, ASCII.tab, ASCII.carriageReturn, ASCII.lineFeed:
                self.advance()
            case UInt8(ascii: "#"):
                while let byte = self.current, byte != ASCII.lineFeed { self.advance() }
            case UInt8(ascii: "/") where self.peek(1) == UInt8(ascii: "*"):
                self.skipBracketComment()
            default:
                return
            }
        }
    }

    ///     bracket-comment = "/*" *not-star 1*STAR *(not-star-slash *not-star 1*STAR) "/"
    private mutating func skipBracketComment() {
        let start = self.position
        self.advance()
        self.advance()
        while let byte = self.current {
            if byte == UInt8(ascii: "*"), self.peek(1) == UInt8(ascii: "/") {
                self.advance()
                self.advance()
                return
            }
            self.advance()
        }
        self.breakOff(at: start, "this comment is never closed: expected '*/', found the end of the script")
    }

    private mutating func breakOff(at start: SievePosition, _ message: String) {
        self.diagnostics.error(at: start, message)
        self.isBrokenOff = true
    }

    private mutating func skipUnreadable() {
        let start = self.position
        let from = self.index
        while let byte = self.current, !Self.startsToken(byte) { self.advance() }
        if self.index == from { self.advance() }
        let found = self.text(from: from).prefix(20)
        self.diagnostics.error(at: start, "unexpected characters '\(found)': expected a word, a string or a number")
    }

    private static func startsToken(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte <= ASCII.space || "\"#:[](){},;_/".utf8.contains(byte)
    }

    // MARK: - Words

    ///     identifier = (ALPHA / "_") *(ALPHA / DIGIT / "_")
    private mutating func takeName() -> String {
        let start = self.position
        let from = self.index
        while let byte = self.current, ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "_") { self.advance() }
        let name = self.text(from: from).lowercased()
        if name.utf8.count > self.limits.identifierOctetsMax {
            let message = "'\(name.prefix(20))…' is too long for a name: expected at most"
            self.diagnostics.error(at: start, "\(message) \(self.limits.identifierOctetsMax) characters")
        }
        return name
    }

    ///     tag = ":" identifier
    private mutating func takeTag() -> SieveToken.Kind {
        let start = self.position
        self.advance()
        guard let byte = self.current, ASCII.isLetter(byte) || byte == UInt8(ascii: "_") else {
            self.diagnostics.error(at: start, "expected a tag's name after ':'")
            return .unreadable
        }
        return .tag(self.takeName())
    }

    private mutating func takeWord() -> SieveToken.Kind {
        let name = self.takeName()
        guard name == "text", self.current == UInt8(ascii: ":") else { return .identifier(name) }
        self.advance()
        return .string(self.takeMultiLine())
    }

    ///     number     = 1*DIGIT [ QUANTIFIER ]
    ///     QUANTIFIER = "K" / "M" / "G"
    private mutating func takeNumber() -> UInt64 {
        let start = self.position
        let from = self.index
        var value: UInt64 = 0
        var hasOverflown = false
        func scale(_ value: inout UInt64, by factor: UInt64, adding digit: UInt64 = 0) {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: factor)
            let (sum, isStillTooLarge) = product.addingReportingOverflow(digit)
            hasOverflown = hasOverflown || isTooLarge || isStillTooLarge
            value = sum
        }
        while let byte = self.current, ASCII.isDigit(byte) {
            scale(&value, by: 10, adding: UInt64(byte - 0x30))
            self.advance()
        }
        let shifts: [UInt8: UInt64] = [UInt8(ascii: "k"): 10, UInt8(ascii: "m"): 20, UInt8(ascii: "g"): 30]
        if let byte = self.current, let shift = shifts[ASCII.lowercased(byte)] {
            scale(&value, by: 1 << shift)
            self.advance()
        }
        if hasOverflown {
            let found = self.text(from: from).prefix(30)
            self.diagnostics.error(at: start, "\(found) is too large a number: expected at most \(UInt64.max)")
        }
        return value
    }

    // MARK: - Strings

    /// A line end is CRLF in every string, however the script writes it.
    private mutating func takeLineEnd(into text: inout [UInt8]) -> Bool {
        guard let byte = self.current else { return false }
        if byte == ASCII.carriageReturn, self.peek(1) == ASCII.lineFeed { self.advance() }
        guard self.current == ASCII.lineFeed else { return false }
        self.advance()
        text.append(ASCII.carriageReturn)
        text.append(ASCII.lineFeed)
        return true
    }

    ///     quoted-string = DQUOTE quoted-text DQUOTE
    ///     quoted-text   = *(quoted-safe / quoted-special / quoted-other)
    private mutating func takeQuotedString() -> [UInt8] {
        let start = self.position
        self.advance()
        var text: [UInt8] = []
        while let byte = self.current {
            switch byte {
            case ASCII.quote:
                self.advance()
                return text
            case ASCII.backslash:
                self.advance()
                guard let escaped = self.current else { break }
                if !self.takeLineEnd(into: &text) {
                    text.append(escaped)
                    self.advance()
                }
            case ASCII.carriageReturn, ASCII.lineFeed:
                if !self.takeLineEnd(into: &text) {
                    text.append(byte)
                    self.advance()
                }
            case 0:
                self.diagnostics.error(at: self.position, "a NUL character stands in a string: remove it")
                self.advance()
            default:
                text.append(byte)
                self.advance()
            }
        }
        self.breakOff(at: start, "this string is never closed: expected '\"', found the end of the script")
        return text
    }

    ///     multi-line = "text:" *(SP / HTAB) (hash-comment / CRLF)
    ///                  *(multiline-literal / multiline-dotstart) "." CRLF
    private mutating func takeMultiLine() -> [UInt8] {
        let start = self.position
        while let byte = self.current, ASCII.isBlank(byte) { self.advance() }
        if self.current == UInt8(ascii: "#") {
            while let byte = self.current, byte != ASCII.lineFeed { self.advance() }
        }
        var ignored: [UInt8] = []
        if !self.takeLineEnd(into: &ignored) {
            self.diagnostics.error(at: self.position, "expected the end of the line after 'text:'")
            self.takeLine(into: &ignored)
        }
        var text: [UInt8] = []
        while self.current != nil {
            if self.current == ASCII.dot {
                self.advance()
                var lineEnd: [UInt8] = []
                if self.current == nil || self.takeLineEnd(into: &lineEnd) { return text }
                // Dot-stuffing is undone; a single dot that ends no text is let pass as it is.
                if self.current != ASCII.dot { text.append(ASCII.dot) }
            }
            self.takeLine(into: &text)
        }
        self.breakOff(at: start, "this text is never closed: expected a line with a single '.'")
        return text
    }

    private mutating func takeLine(into text: inout [UInt8]) {
        while let byte = self.current {
            if self.takeLineEnd(into: &text) { return }
            if byte == 0 {
                self.diagnostics.error(at: self.position, "a NUL character stands in a text: remove it")
            } else {
                text.append(byte)
            }
            self.advance()
        }
    }
}
