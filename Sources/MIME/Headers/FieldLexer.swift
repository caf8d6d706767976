internal import MailBytes

/// How reading one word of a field's value came out.
enum LexOutcome {
    /// The word is read and more follows.
    case more
    /// The word is read and was the last.
    case atEnd
    /// There is no such word here, or it is broken off.
    case broken
}

/// Reads the words that structured header fields are made of, where they may be folded, commented and broken.
///
/// It holds a position in bytes that each call is handed anew, copies only the words, and never goes back. Comments
/// may nest: they are counted, not recursed into. 8-bit bytes count as letters. RFC 5322 §3.2, §4.
struct FieldLexer {
    var position: Int
    let end: Int
    /// The text of the comment read last, without its parentheses; kept only when asked for.
    var lastComment: [UInt8] = []
    let keepsComments: Bool

    init(_ range: Range<Int>, keepsComments: Bool = false) {
        self.position = range.lowerBound
        self.end = min(range.upperBound, range.lowerBound + MIMELimits.fieldOctetsMax)
        self.keepsComments = keepsComments
    }

    var isAtEnd: Bool { self.position >= self.end }

    /// The byte at the position, or 0 at the end, which no rule below asks for.
    @inline(__always)
    func current(_ bytes: Span<UInt8>) -> UInt8 {
        self.position < self.end ? bytes[self.position] : 0
    }

    private var outcome: LexOutcome { self.position < self.end ? .more : .atEnd }

    /// Skips white space, line ends and comments.
    ///
    ///     CFWS = (1*([FWS] comment) [FWS]) / FWS
    mutating func skipBlanks(_ bytes: Span<UInt8>) -> LexOutcome {
        while self.position < self.end {
            let byte = bytes[self.position]
            if byte == UInt8(ascii: "(") {
                if self.skipComment(bytes) == .broken { return .broken }
            } else if ASCII.isBlank(byte) || byte == ASCII.carriageReturn || byte == ASCII.lineFeed {
                self.position += 1
            } else {
                return .more
            }
        }
        return .atEnd
    }

    ///     comment  = "(" *([FWS] ccontent) [FWS] ")"
    ///     ccontent = ctext / quoted-pair / comment
    private mutating func skipComment(_ bytes: Span<UInt8>) -> LexOutcome {
        if self.keepsComments { self.lastComment.removeAll(keepingCapacity: true) }
        var level = 1
        self.position += 1
        var start = self.position
        while self.position < self.end {
            switch bytes[self.position] {
            case UInt8(ascii: "("):
                level += 1
            case UInt8(ascii: ")"):
                level -= 1
                if level == 0 {
                    if self.keepsComments { self.lastComment.append(bytes, start..<self.position) }
                    self.position += 1
                    return self.outcome
                }
            case ASCII.backslash:
                if self.keepsComments { self.lastComment.append(bytes, start..<self.position) }
                start = self.position + 1
                self.position += 1
                if self.position >= self.end { return .broken }
            default:
                break
            }
            self.position += 1
        }
        return .broken
    }

    ///     atom = [CFWS] 1*atext [CFWS]
    mutating func takeAtom(_ bytes: Span<UInt8>, into text: inout [UInt8]) -> LexOutcome {
        let start = self.position
        while self.position < self.end, ByteClass.isAtomByte(bytes[self.position]) { self.position += 1 }
        guard self.position > start else { return .broken }
        text.append(bytes, start..<self.position)
        return self.skipBlanks(bytes)
    }

    /// A dot-atom with blanks allowed around its dots, as RFC 822 had it.
    ///
    ///     obs-domain = atom *("." atom)
    mutating func takeDotAtom(_ bytes: Span<UInt8>, into text: inout [UInt8]) -> LexOutcome {
        guard self.position < self.end, ByteClass.isAtomByte(bytes[self.position]) else { return .broken }
        while true {
            let start = self.position
            while self.position < self.end, ByteClass.isAtomByte(bytes[self.position]) { self.position += 1 }
            text.append(bytes, start..<self.position)
            guard self.position < self.end else { return .atEnd }
            let outcome = self.skipBlanks(bytes)
            guard outcome == .more else { return outcome }
            guard bytes[self.position] == ASCII.dot else { return .more }
            self.position += 1
            text.append(ASCII.dot)
            guard self.skipBlanks(bytes) == .more, ByteClass.isAtomByte(bytes[self.position]) else { return .broken }
        }
    }

    /// Atoms and dots without a blank between them; may be empty, so that `<` right away is a name of nothing.
    private mutating func takeAtomOrDots(_ bytes: Span<UInt8>, into text: inout [UInt8]) -> LexOutcome {
        let start = self.position
        while self.position < self.end {
            let byte = bytes[self.position]
            guard ByteClass.isAtomByte(byte) || byte == ASCII.dot else { break }
            self.position += 1
        }
        text.append(bytes, start..<self.position)
        return self.position < self.end ? self.skipBlanks(bytes) : .atEnd
    }

    ///     token := 1*<any (US-ASCII) CHAR except SPACE, CTLs, or tspecials>   (RFC 2045 §5.1)
    ///
    /// An empty token is let through: its reader decides.
    mutating func takeToken(_ bytes: Span<UInt8>, into text: inout [UInt8]) -> LexOutcome {
        let start = self.position
        while self.position < self.end, ByteClass.isTokenByte(bytes[self.position]) { self.position += 1 }
        text.append(bytes, start..<self.position)
        return self.position < self.end ? self.skipBlanks(bytes) : .atEnd
    }

    /// Takes the one word a whole field consists of; `nil` when it has none, or more than that.
    static func onlyToken(_ value: Range<Int>, in bytes: Span<UInt8>) -> [UInt8]? {
        var lexer = FieldLexer(value)
        var word: [UInt8] = []
        _ = lexer.skipBlanks(bytes)
        guard lexer.takeToken(bytes, into: &word) == .atEnd, !word.isEmpty else { return nil }
        return word
    }

    /// Takes what stands between quotes, with its folds and backslashes undone.
    ///
    ///     quoted-string = [CFWS] DQUOTE *([FWS] qcontent) [FWS] DQUOTE [CFWS]
    mutating func takeQuotedString(_ bytes: Span<UInt8>, into text: inout [UInt8]) -> LexOutcome {
        self.position += 1
        var start = self.position
        while self.position < self.end {
            switch bytes[self.position] {
            case ASCII.quote:
                text.append(bytes, start..<self.position)
                self.position += 1
                return self.skipBlanks(bytes)
            case ASCII.lineFeed:
                let isAfterReturn = self.position > start && bytes[self.position - 1] == ASCII.carriageReturn
                text.append(bytes, start..<(isAfterReturn ? self.position - 1 : self.position))
                start = self.position + 1
            case ASCII.backslash:
                text.append(bytes, start..<self.position)
                self.position += 1
                if self.position >= self.end { return .broken }
                start = self.position
            default:
                break
            }
            self.position += 1
        }
        return .broken
    }

    ///     phrase     = 1*word / obs-phrase
    ///     obs-phrase = word *(word / "." / CFWS)
    mutating func takePhrase(_ bytes: Span<UInt8>, into text: inout [UInt8]) -> LexOutcome {
        guard self.position < self.end else { return .atEnd }
        if bytes[self.position] == ASCII.dot { return .broken }
        while true {
            let outcome =
                bytes[self.position] == ASCII.quote
                ? self.takeQuotedString(bytes, into: &text) : self.takeAtomOrDots(bytes, into: &text)
            guard outcome == .more else { return outcome }
            let byte = bytes[self.position]
            guard ByteClass.isAtomByte(byte) || byte == ASCII.quote || byte == ASCII.dot else { break }
            text.append(ASCII.space)
        }
        return self.skipBlanks(bytes)
    }

    /// Takes the domain after `@`; the position is on the `@`.
    ///
    ///     domain         = dot-atom / domain-literal / obs-domain
    ///     domain-literal = [CFWS] "[" *([FWS] dtext) [FWS] "]" [CFWS]
    mutating func takeDomain(_ bytes: Span<UInt8>, into text: inout [UInt8]) -> LexOutcome {
        self.position += 1
        guard self.skipBlanks(bytes) == .more else { return .broken }
        guard bytes[self.position] == UInt8(ascii: "[") else { return self.takeDotAtom(bytes, into: &text) }
        let start = self.position
        while self.position < self.end {
            if bytes[self.position] == ASCII.backslash {
                self.position += 1
            } else if bytes[self.position] == UInt8(ascii: "]") {
                self.position += 1
                text.append(bytes, start..<self.position)
                return self.skipBlanks(bytes)
            }
            self.position += 1
        }
        self.position = self.end
        return .broken
    }
}
