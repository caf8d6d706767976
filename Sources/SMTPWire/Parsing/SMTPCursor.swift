internal import MailBytes

/// A read position inside one whole command line.
///
/// A line is complete when it comes here, so running out of bytes is a syntax error and never a reason to wait. The
/// bytes are handed to each call, since a span cannot be kept.
struct SMTPCursor {
    var position = 0
    /// Where the line ends, blanks at its end left out.
    let end: Int
    /// A byte beyond ASCII stood in an address.
    var hasSeenUTF8 = false

    init(end: Int) {
        self.end = end
    }

    var isAtEnd: Bool { self.position >= self.end }

    /// The byte at the position, not taken; 0 at the end of the line.
    func next(_ bytes: Span<UInt8>) -> UInt8 {
        self.position < self.end ? bytes[self.position] : 0
    }

    /// Takes `byte` if it is next, and says whether it was.
    mutating func skip(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard self.position < self.end && bytes[self.position] == byte else { return false }
        self.position += 1
        return true
    }

    func requireEnd() throws(SMTPSyntaxError) {
        guard self.isAtEnd else { throw SMTPSyntaxError(.arguments, at: self.position) }
    }

    /// Takes one blank or more.
    mutating func skipBlanks(_ bytes: Span<UInt8>) throws(SMTPSyntaxError) {
        guard ASCII.isBlank(self.next(bytes)) else { throw SMTPSyntaxError(.arguments, at: self.position) }
        while ASCII.isBlank(self.next(bytes)) { self.position += 1 }
    }

    /// Takes all bytes up to the next blank or the end; may be none.
    mutating func takeWord(_ bytes: Span<UInt8>) -> Range<Int> {
        let start = self.position
        while self.position < self.end, !ASCII.isBlank(bytes[self.position]) { self.position += 1 }
        return start..<self.position
    }

    /// Takes the first word and the blanks behind it.
    mutating func takeVerb(_ bytes: Span<UInt8>) -> Range<Int> {
        let verb = self.takeWord(bytes)
        while ASCII.isBlank(self.next(bytes)) { self.position += 1 }
        return verb
    }

    /// Takes `FROM:` or `TO:` and, as many clients put them, blanks behind it.
    mutating func skipKeyword(_ keyword: StaticString, _ bytes: Span<UInt8>) throws(SMTPSyntaxError) {
        let after = self.position + keyword.utf8CodeUnitCount
        guard after <= self.end, bytes.equalsIgnoringCase(keyword, from: self.position, to: after) else {
            throw SMTPSyntaxError(.arguments, at: self.position)
        }
        self.position = after
        while ASCII.isBlank(self.next(bytes)) { self.position += 1 }
    }

    /// `1*20DIGIT`; a number too large for us is `Int.max`, since it is only ever compared with a limit. RFC 1870 §6.
    mutating func takeNumber(_ bytes: Span<UInt8>) throws(SMTPSyntaxError) -> Int {
        let start = self.position
        var value = 0
        while ASCII.isDigit(self.next(bytes)) {
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(Int(bytes[self.position] - 0x30))
            value = overflow || carry ? Int.max : sum
            self.position += 1
        }
        guard (1...20).contains(self.position - start) else {
            self.position = start
            throw SMTPSyntaxError(.arguments, at: start)
        }
        return value
    }

    /// The argument of HELO, EHLO and LHLO: one word of printable characters, at most as long as a domain in brackets.
    ///
    /// Clients name themselves in every way, and nothing is made of it; the grammar (RFC 5321 §4.1.1.1) is not
    /// enforced.
    mutating func takeGreetingName(_ bytes: Span<UInt8>) throws(SMTPSyntaxError) -> String {
        let start = self.position
        let word = self.takeWord(bytes)
        try self.requireEnd()
        guard (1...257).contains(word.count) else { throw SMTPSyntaxError(.arguments, at: start) }
        for index in word where ASCII.isControl(bytes[index]) { throw SMTPSyntaxError(.arguments, at: index) }
        guard let name = String(validating: bytes, word) else { throw SMTPSyntaxError(.arguments, at: start) }
        return name
    }
}
