internal import MailBytes
internal import NIOCore

/// A read position in one framed command.
struct ManageSieveCursor {
    private let command: ByteBuffer
    private(set) var position = 0

    init(_ command: ByteBuffer) {
        self.command = command
    }

    var isAtEnd: Bool { self.position == self.command.readableBytes }

    func error(_ kind: ManageSieveSyntaxError.Kind) -> ManageSieveSyntaxError {
        ManageSieveSyntaxError(kind, at: self.position)
    }

    /// A command's name in capitals; letters only.
    mutating func takeKeyword(octetsMax: Int) -> String? {
        let command = self.command
        let bytes = command.readableBytesUInt8Span
        var keyword = ""
        var end = self.position
        while end < bytes.count, ASCII.isLetter(bytes[end]) {
            guard end - self.position < octetsMax else { return nil }
            keyword.unicodeScalars.append(Unicode.Scalar(ASCII.uppercased(bytes[end])))
            end += 1
        }
        self.position = end
        return keyword
    }

    mutating func skipSpace() -> Bool {
        guard self.peek() == ASCII.space else { return false }
        self.position += 1
        return true
    }

    mutating func expectSpace() throws(ManageSieveSyntaxError) {
        guard self.skipSpace() else { throw self.error(.space) }
    }

    func expectEnd() throws(ManageSieveSyntaxError) {
        guard self.isAtEnd else { throw self.error(.endOfCommand) }
    }

    ///     number = "0" / (%x31-39 *DIGIT) ; unsigned, 32 bits
    mutating func takeNumber() throws(ManageSieveSyntaxError) -> Int {
        let command = self.command
        let bytes = command.readableBytesUInt8Span
        var end = self.position
        var value = 0
        while end < bytes.count, ASCII.isDigit(bytes[end]) {
            value = value * 10 + Int(bytes[end] - 0x30)
            guard value <= Int(UInt32.max) else { throw self.error(.number) }
            end += 1
        }
        guard end > self.position, end == self.position + 1 || bytes[self.position] != UInt8(ascii: "0") else {
            throw self.error(.number)
        }
        self.position = end
        return value
    }

    ///     string = quoted / literal-c2s
    mutating func takeString() throws(ManageSieveSyntaxError) -> ByteBuffer {
        switch self.peek() {
        case ASCII.quote: try self.takeQuoted()
        case UInt8(ascii: "{"): try self.takeLiteral()
        default: throw self.error(.string)
        }
    }

    ///     quoted = DQUOTE *QUOTED-CHAR DQUOTE ; a quote and a backslash have a backslash before them
    private mutating func takeQuoted() throws(ManageSieveSyntaxError) -> ByteBuffer {
        let command = self.command
        let bytes = command.readableBytesUInt8Span
        let start = self.position + 1
        var plain = ByteBuffer()
        /// From here on, nothing has been copied.
        var rest = start
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case ASCII.quote:
                defer { self.position = index + 1 }
                if rest == start { return self.slice(start..<index) }
                plain.writeSpan(bytes, rest..<index)
                return plain
            case ASCII.backslash:
                let next: UInt8? = index + 1 < bytes.count ? bytes[index + 1] : nil
                guard next == ASCII.quote || next == ASCII.backslash else { throw self.error(.string) }
                plain.writeSpan(bytes, rest..<index)
                rest = index + 1
                index += 2
            case 0, ASCII.carriageReturn, ASCII.lineFeed:
                throw self.error(.string)
            default:
                index += 1
            }
        }
        throw self.error(.string)
    }

    ///     literal-c2s = "{" number "+}" CRLF *OCTET
    ///
    /// The sign may be missing, as in a server's literals: nothing is ever sent to ask for a literal.
    private mutating func takeLiteral() throws(ManageSieveSyntaxError) -> ByteBuffer {
        let command = self.command
        let bytes = command.readableBytesUInt8Span
        guard let lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: self.position),
            let literal = AnnouncedLiteral(in: self.command, from: self.position, lineFeed: lineFeed),
            literal.start == self.position, literal.octets <= bytes.count - lineFeed - 1
        else { throw self.error(.string) }
        let start = lineFeed + 1
        self.position = start + literal.octets
        return self.slice(start..<self.position)
    }

    private func peek() -> UInt8? {
        self.command.getInteger(at: self.command.readerIndex + self.position)
    }

    private func slice(_ range: Range<Int>) -> ByteBuffer {
        self.command.getSlice(at: self.command.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }
}
