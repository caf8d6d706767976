internal import MailBytes
internal import MailTypes
package import NIOCore

/// Reads a framed command line into a command, or says what is wrong with it.
///
///     command = keyword *(SP argument) ; keywords in any case
///
/// APOP is not known here: it needs passwords in clear on disk. RFC 1939 §3.
package enum POP3CommandParser {
    /// - Parameter line: one whole line without its line end.
    package static func parse(_ line: ByteBuffer) throws(POP3SyntaxError) -> POP3Command {
        let bytes = line.readableBytesUInt8Span
        var words = POP3Words(bytes)
        let verb = words.takeWord(bytes)
        guard (3...4).contains(verb.count) else { throw POP3SyntaxError(.unknownCommand, at: 0) }
        switch Self.packed(bytes, verb) {
        case Verb.retr: return .retr(try words.takeLastNumber(bytes))
        case Verb.dele: return .dele(try words.takeLastNumber(bytes))
        case Verb.list: return .list(words.isAtEnd ? nil : try words.takeLastNumber(bytes))
        case Verb.uidl: return .uidl(words.isAtEnd ? nil : try words.takeLastNumber(bytes))
        case Verb.top: return try Self.top(bytes, &words)
        case Verb.user: return .user(try Self.name(bytes, &words))
        case Verb.pass: return .pass(try Self.password(bytes, verb.upperBound))
        case Verb.auth: return try Self.auth(bytes, &words)
        case Verb.stat: return try Self.bare(.stat, words)
        case Verb.noop: return try Self.bare(.noop, words)
        case Verb.rset: return try Self.bare(.rset, words)
        case Verb.quit: return try Self.bare(.quit, words)
        case Verb.capa: return try Self.bare(.capa, words)
        case Verb.stls: return try Self.bare(.stls, words)
        default: throw POP3SyntaxError(.unknownCommand, at: 0)
        }
    }

    /// `TOP msg n` with `n` from 0.
    private static func top(_ bytes: Span<UInt8>, _ words: inout POP3Words) throws(POP3SyntaxError) -> POP3Command {
        let message = try words.takeNumber(bytes)
        guard message > 0 else { throw POP3SyntaxError(.arguments, at: words.position) }
        let lines = try words.takeNumber(bytes)
        guard words.isAtEnd else { throw POP3SyntaxError(.arguments, at: words.position) }
        return .top(message, lines: lines)
    }

    /// A login may hold spaces; it is all the rest of the line.
    private static func name(_ bytes: Span<UInt8>, _ words: inout POP3Words) throws(POP3SyntaxError) -> String {
        guard !words.isAtEnd, let name = String(validating: bytes, words.position..<words.end) else {
            throw POP3SyntaxError(.arguments, at: words.position)
        }
        return name
    }

    /// A password is all that follows one space, spaces at its ends too. RFC 1939 §7.
    private static func password(_ bytes: Span<UInt8>, _ verbEnd: Int) throws(POP3SyntaxError) -> Secret {
        guard verbEnd < bytes.count else { throw POP3SyntaxError(.arguments, at: verbEnd) }
        var password: [UInt8] = []
        for index in (verbEnd + 1)..<bytes.count { password.append(bytes[index]) }
        return Secret(password)
    }

    /// `AUTH [mechanism [initial-response]]` (RFC 5034 §4)
    private static func auth(_ bytes: Span<UInt8>, _ words: inout POP3Words) throws(POP3SyntaxError) -> POP3Command {
        guard !words.isAtEnd else { return .auth(mechanism: nil, initialResponse: nil) }
        let name = words.takeWord(bytes)
        guard name.count <= 20 else { throw POP3SyntaxError(.arguments, at: name.lowerBound) }
        var mechanism = ""
        for index in name {
            let byte = bytes[index]
            guard ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else {
                throw POP3SyntaxError(.arguments, at: index)
            }
            mechanism.unicodeScalars.append(Unicode.Scalar(ASCII.uppercased(byte)))
        }
        guard !words.isAtEnd else { return .auth(mechanism: mechanism, initialResponse: nil) }
        let response = words.takeWord(bytes)
        guard words.isAtEnd else { throw POP3SyntaxError(.arguments, at: words.position) }
        var initialResponse = ByteBuffer()
        if response.count != 1 || bytes[response.lowerBound] != UInt8(ascii: "=") {
            initialResponse.writeSpan(bytes, response)
        }
        return .auth(mechanism: mechanism, initialResponse: initialResponse)
    }

    private static func bare(_ command: POP3Command, _ words: POP3Words) throws(POP3SyntaxError) -> POP3Command {
        guard words.isAtEnd else { throw POP3SyntaxError(.arguments, at: words.position) }
        return command
    }

    /// A verb's three or four bytes in capitals as one number, so that it is found by one comparison each.
    private static func packed(_ bytes: Span<UInt8>, _ verb: Range<Int>) -> UInt32 {
        var number: UInt32 = 0
        for index in verb { number = number << 8 | UInt32(ASCII.uppercased(bytes[index])) }
        return number
    }

    private enum Verb {
        static let user: UInt32 = 0x5553_4552
        static let pass: UInt32 = 0x5041_5353
        static let stat: UInt32 = 0x5354_4154
        static let list: UInt32 = 0x4C49_5354
        static let retr: UInt32 = 0x5245_5452
        static let dele: UInt32 = 0x4445_4C45
        static let noop: UInt32 = 0x4E4F_4F50
        static let rset: UInt32 = 0x5253_4554
        static let quit: UInt32 = 0x5155_4954
        static let uidl: UInt32 = 0x5549_444C
        static let top: UInt32 = 0x0054_4F50
        static let capa: UInt32 = 0x4341_5041
        static let stls: UInt32 = 0x5354_4C53
        static let auth: UInt32 = 0x4155_5448
    }
}

/// A read position among a line's words. The bytes are handed to each call, since a span cannot be kept.
private struct POP3Words {
    private(set) var position = 0
    /// Where the last word ends.
    let end: Int

    init(_ bytes: Span<UInt8>) {
        var end = bytes.count
        while end > 0 && ASCII.isBlank(bytes[end - 1]) { end -= 1 }
        self.end = end
    }

    var isAtEnd: Bool { self.position >= self.end }

    /// Takes a word and the blanks behind it.
    mutating func takeWord(_ bytes: Span<UInt8>) -> Range<Int> {
        let start = self.position
        while self.position < self.end, !ASCII.isBlank(bytes[self.position]) { self.position += 1 }
        let word = start..<self.position
        while self.position < self.end, ASCII.isBlank(bytes[self.position]) { self.position += 1 }
        return word
    }

    /// `1*DIGIT`; a number too large for us is `Int.max`, which no message has and no line reaches.
    mutating func takeNumber(_ bytes: Span<UInt8>) throws(POP3SyntaxError) -> Int {
        let word = self.takeWord(bytes)
        guard !word.isEmpty else { throw POP3SyntaxError(.arguments, at: word.lowerBound) }
        var value = 0
        for index in word {
            guard ASCII.isDigit(bytes[index]) else { throw POP3SyntaxError(.arguments, at: index) }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(Int(bytes[index] - 0x30))
            value = overflow || carry ? Int.max : sum
        }
        return value
    }

    /// A message number, with nothing behind it.
    mutating func takeLastNumber(_ bytes: Span<UInt8>) throws(POP3SyntaxError) -> Int {
        let start = self.position
        let number = try self.takeNumber(bytes)
        guard number > 0, self.isAtEnd else { throw POP3SyntaxError(.arguments, at: start) }
        return number
    }
}
