internal import MailBytes

extension WireCursor {
    /// `tag = 1*<any ASTRING-CHAR except "+">`
    package mutating func takeTag() throws(WireSyntaxError) -> String {
        let count = self.run(limit: IMAPLimits.tagOctetsMax, IMAPByteClass.isTag)
        guard count > 0, count <= IMAPLimits.tagOctetsMax else { throw self.syntaxError(.tag) }
        return self.takeText(count)
    }

    /// A name the grammar fixes (a command, an item, an option), upper-cased; at most 32 letters, digits, `.` and `-`.
    mutating func takeName(_ expected: WireSyntaxError.Expectation) throws(WireSyntaxError) -> String {
        let count = self.run(limit: 32, IMAPByteClass.isName)
        guard count > 0, count <= 32 else { throw self.syntaxError(expected) }
        return self.takeText(count).uppercased()
    }

    /// Consumes a fixed name in any case, if it is what stands here in full.
    mutating func skipName(_ name: String) -> Bool {
        let count = self.run(limit: name.utf8.count, IMAPByteClass.isName)
        guard count == name.utf8.count else { return false }
        for (distance, byte) in name.utf8.enumerated() where ASCII.uppercased(self.peek(distance) ?? 0) != byte {
            return false
        }
        self.advance(by: count)
        return true
    }

    /// `atom = 1*ATOM-CHAR`
    package mutating func takeAtom(
        limit: Int = 1_024,
        _ expected: WireSyntaxError.Expectation = .atom
    ) throws(WireSyntaxError) -> String {
        let count = self.run(limit: limit, IMAPByteClass.isAtom)
        guard count > 0, count <= limit else { throw self.syntaxError(expected) }
        return self.takeText(count)
    }

    /// `astring = 1*ASTRING-CHAR / string`
    package mutating func takeAString() throws(WireSyntaxError) -> [UInt8] {
        switch self.next {
        case UInt8(ascii: "\""): return try self.takeQuoted()
        case UInt8(ascii: "{"): return try self.takeLiteral()
        default:
            let count = self.run(limit: self.remaining, IMAPByteClass.isAString)
            guard count > 0 else { throw self.syntaxError(.astring) }
            return self.takeBytes(count)
        }
    }

    /// `string = quoted / literal`
    package mutating func takeString() throws(WireSyntaxError) -> [UInt8] {
        switch self.next {
        case UInt8(ascii: "\""): return try self.takeQuoted()
        case UInt8(ascii: "{"): return try self.takeLiteral()
        default: throw self.syntaxError(.string)
        }
    }

    /// `nstring = string / nil`
    package mutating func takeNString() throws(WireSyntaxError) -> [UInt8]? {
        if self.skipName("NIL") { return nil }
        guard self.next == UInt8(ascii: "\"") || self.next == UInt8(ascii: "{") else {
            throw self.syntaxError(.nilOrString)
        }
        return try self.takeString()
    }

    /// A quoted string's content, unescaped.
    ///
    ///     quoted       = DQUOTE *QUOTED-CHAR DQUOTE
    ///     QUOTED-CHAR  = <any TEXT-CHAR except quoted-specials> / "\" quoted-specials
    ///
    /// Departs from RFC 3501 §9 in taking bytes above 127: clients quote passwords in UTF-8, and RFC 9051 §9 allows it.
    package mutating func takeQuoted() throws(WireSyntaxError) -> [UInt8] {
        try self.whole { cursor throws(WireSyntaxError) in
            try cursor.expect(ASCII.quote, .quoted)
            var content: [UInt8] = []
            while true {
                content += cursor.takeBytes(cursor.run(limit: cursor.remaining, Self.isPlainQuoted))
                if cursor.skip(ASCII.quote) { return content }
                guard cursor.skip(ASCII.backslash), let escaped = cursor.next,
                    escaped == ASCII.quote || escaped == ASCII.backslash
                else { throw cursor.syntaxError(.quoted) }
                content.append(escaped)
                cursor.advance(by: 1)
            }
        }
    }

    /// A literal's bytes. The framer has seen to it that they are there and within the limits.
    ///
    ///     literal = "{" number64 ["+"] "}" CRLF *CHAR8
    ///
    /// RFC 9051 §4.3, RFC 7888 §6.
    package mutating func takeLiteral() throws(WireSyntaxError) -> [UInt8] {
        try self.whole { cursor throws(WireSyntaxError) in
            try cursor.expect(UInt8(ascii: "{"), .literal)
            let octets = try cursor.takeNumber64()
            _ = cursor.skip(UInt8(ascii: "+"))
            try cursor.expect(UInt8(ascii: "}"), .literal)
            _ = cursor.skip(ASCII.carriageReturn)
            try cursor.expect(ASCII.lineFeed, .literal)
            guard octets <= cursor.remaining else { throw cursor.syntaxError(.literal) }
            return cursor.takeBytes(Int(octets))
        }
    }

    private static func isPlainQuoted(_ byte: UInt8) -> Bool {
        byte != ASCII.quote && byte != ASCII.backslash && byte != 0 && byte != ASCII.carriageReturn
            && byte != ASCII.lineFeed
    }
}
