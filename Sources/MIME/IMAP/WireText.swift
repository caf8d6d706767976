internal import MailBytes
internal import NIOCore

/// IMAP's strings and lists as octets, gathered in one array that becomes one write. RFC 9051 §4.
struct WireText {
    var bytes: [UInt8] = []

    /// Quotes and backslashes a quoted string may have to escape; with more of them a literal is shorter.
    private static let escapesMax = 4

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { unsafe self.bytes.append(contentsOf: $0) }
    }

    mutating func append(_ byte: UInt8) {
        self.bytes.append(byte)
    }

    mutating func append(_ number: Int) {
        self.bytes.append(contentsOf: String(number).utf8)
    }

    mutating func appendNil() {
        self.append("NIL")
    }

    /// A string as it is: quoted where it can be, else a literal.
    mutating func appendString(_ text: [UInt8]) {
        if let escapes = Self.escapesInQuotes(text.span, 0..<text.count) {
            self.appendQuoted(text.span, 0..<text.count, escapes: escapes)
        } else {
            self.appendLiteral(text)
        }
    }

    /// A field's value on one line: line ends vanish before a blank and become a blank before anything else.
    mutating func appendUnfolded(_ value: Range<Int>, in bytes: Span<UInt8>) {
        let value = value.prefix(MIMELimits.fieldOctetsMax)
        if let escapes = Self.escapesInQuotes(bytes, value) {
            self.appendQuoted(bytes, value, escapes: escapes)
            return
        }
        var line: [UInt8] = []
        line.reserveCapacity(value.count)
        for index in value {
            let byte = bytes[index]
            if byte != ASCII.carriageReturn, byte != ASCII.lineFeed {
                line.append(byte)
            } else if index + 1 < value.upperBound {
                let next = bytes[index + 1]
                let isBlankOrEnd = ASCII.isBlank(next) || next == ASCII.carriageReturn || next == ASCII.lineFeed
                if !isBlankOrEnd { line.append(ASCII.space) }
            }
        }
        self.appendString(line)
    }

    mutating func appendUnfolded(_ text: [UInt8]?) {
        guard let text else { return self.appendNil() }
        self.appendUnfolded(0..<text.count, in: text.span)
    }

    /// A text meant for reading: runs of blanks become one, line ends and outer blanks vanish.
    ///
    /// What had to be changed, escaped or is 8-bit goes as a literal, as Dovecot does and clients are used to.
    mutating func appendTidied(_ value: Range<Int>, in bytes: Span<UInt8>) {
        let value = value.prefix(MIMELimits.fieldOctetsMax)
        if Self.isTidy(bytes, value) {
            self.append(ASCII.quote)
            self.bytes.append(bytes, value)
            self.append(ASCII.quote)
            return
        }
        var text: [UInt8] = []
        text.reserveCapacity(value.count)
        for index in value {
            let byte = bytes[index]
            if ASCII.isBlank(byte) {
                if let last = text.last, last != ASCII.space { text.append(ASCII.space) }
            } else if byte != ASCII.carriageReturn, byte != ASCII.lineFeed {
                text.append(byte)
            }
        }
        if text.last == ASCII.space { text.removeLast() }
        if text.isEmpty {
            self.append("\"\"")
        } else {
            self.appendLiteral(text)
        }
    }

    mutating func appendTidied(_ text: [UInt8]) {
        self.appendTidied(0..<text.count, in: text.span)
    }

    // MARK: - The forms of a string

    /// How many octets a quoted string has to escape; `nil` when it must be a literal.
    private static func escapesInQuotes(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var escapes = 0
        for index in range {
            let byte = bytes[index]
            if byte == ASCII.quote || byte == ASCII.backslash {
                escapes += 1
                if escapes > Self.escapesMax { return nil }
            } else if byte >= 0x80 || byte == ASCII.carriageReturn || byte == ASCII.lineFeed || byte == 0 {
                return nil
            }
        }
        return escapes
    }

    private static func isTidy(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var wasBlank = true
        for index in range {
            let byte = bytes[index]
            if byte == ASCII.space {
                if wasBlank { return false }
                wasBlank = true
            } else if byte < ASCII.space && (byte == ASCII.tab || byte == 0 || byte == 10 || byte == 13)
                || byte >= 0x80 || byte == ASCII.quote || byte == ASCII.backslash
            {
                return false
            } else {
                wasBlank = false
            }
        }
        return !wasBlank || range.isEmpty
    }

    private mutating func appendQuoted(_ bytes: Span<UInt8>, _ range: Range<Int>, escapes: Int) {
        self.append(ASCII.quote)
        var start = range.lowerBound
        if escapes > 0 {
            for index in range where bytes[index] == ASCII.quote || bytes[index] == ASCII.backslash {
                self.bytes.append(bytes, start..<index)
                self.append(ASCII.backslash)
                start = index
            }
        }
        self.bytes.append(bytes, start..<range.upperBound)
        self.append(ASCII.quote)
    }

    /// A literal; NUL, which none may hold, becomes the replacement character. RFC 9051 §4.3.
    private mutating func appendLiteral(_ text: [UInt8]) {
        guard !text.contains(0) else {
            return self.appendLiteral(text.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] })
        }
        self.append(UInt8(ascii: "{"))
        self.append(text.count)
        self.append("}\r\n")
        self.bytes.append(contentsOf: text)
    }
}
