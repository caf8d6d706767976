internal import MailBytes
internal import MailTypes

extension WireCursor {
    /// What follows `SEARCH`, its space included.
    ///
    ///     search             = [search-return-opts] SP search-program
    ///     search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
    ///     search-program     = ["CHARSET" SP charset SP] search-key *(SP search-key)
    ///
    /// RFC 9051 §9.
    package mutating func takeSearch(_ numbering: Numbering) throws(WireSyntaxError) -> SearchRequest {
        try self.whole { cursor throws(WireSyntaxError) in
            try cursor.expectSpace()
            var returns: SearchRequest.Returns?
            if cursor.skipName("RETURN") {
                try cursor.expectSpace()
                returns = try cursor.takeSearchReturns()
                try cursor.expectSpace()
            }
            var charset: SearchCharset?
            if cursor.skipName("CHARSET") {
                try cursor.expectSpace()
                charset = try cursor.takeCharset()
                try cursor.expectSpace()
            }
            var parser = SearchKeyParser(cursor)
            let key = try parser.takeKeys()
            cursor = parser.cursor
            return SearchRequest(numbering: numbering, returns: returns, charset: charset, key: key)
        }
    }

    /// `RETURN ()` means `RETURN (ALL)`. RFC 4731 §3.1, RFC 5182 §2.1.
    private mutating func takeSearchReturns() throws(WireSyntaxError) -> SearchRequest.Returns {
        try self.expectOpen()
        if self.skip(UInt8(ascii: ")")) { return .all }
        var returns: SearchRequest.Returns = []
        repeat {
            let start = self.syntaxError(.searchReturn)
            switch try self.takeName(.searchReturn) {
            case "MIN": returns.insert(.minimum)
            case "MAX": returns.insert(.maximum)
            case "ALL": returns.insert(.all)
            case "COUNT": returns.insert(.count)
            case "SAVE": returns.insert(.save)
            default: throw start
            }
        } while self.skip(ASCII.space)
        try self.expectClose()
        return returns
    }

    /// `charset = atom / quoted` (RFC 9051 §9).
    private mutating func takeCharset() throws(WireSyntaxError) -> SearchCharset {
        let start = self.syntaxError(.charset)
        let bytes = try self.takeAString()
        guard !bytes.isEmpty, bytes.count <= 64, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw start }
        switch String(decoding: bytes, as: UTF8.self).uppercased() {
        case "US-ASCII", "ASCII": return .usASCII
        case "UTF-8", "UTF8": return .utf8
        case let other: return .other(other)
        }
    }
}

/// Reads the keys of one search, counting them and their nesting so that neither stack nor heap is the client's.
struct SearchKeyParser {
    var cursor: WireCursor
    private var keysLeft = IMAPLimits.searchKeysMax
    private var textsLeft = IMAPLimits.searchTextsMax

    init(_ cursor: WireCursor) {
        self.cursor = cursor
    }

    /// `search-key *(SP search-key)`, all of which must hold.
    mutating func takeKeys(depth: Int = 0) throws(WireSyntaxError) -> SearchKey {
        var keys: [SearchKey] = []
        repeat { keys.append(try self.takeKey(depth: depth)) } while self.cursor.skip(ASCII.space)
        return keys.count == 1 ? keys[0] : .and(keys)
    }

    /// One key. Groups, NOT and OR are levels of nesting.
    private mutating func takeKey(depth: Int) throws(WireSyntaxError) -> SearchKey {
        guard depth < IMAPLimits.searchDepthMax else { throw self.cursor.syntaxError(.searchDepth) }
        guard self.keysLeft > 0 else { throw self.cursor.syntaxError(.searchKeyCount) }
        self.keysLeft -= 1
        switch self.cursor.next {
        case UInt8(ascii: "("):
            try self.cursor.expectOpen()
            let key = try self.takeKeys(depth: depth + 1)
            try self.cursor.expectClose()
            return key
        case UInt8(ascii: "$"), UInt8(ascii: "*"), .some(0x30...0x39):
            return .messages(try self.cursor.takeMessageSet())
        default:
            return try self.takeNamedKey(depth: depth)
        }
    }

    private mutating func takeNamedKey(depth: Int) throws(WireSyntaxError) -> SearchKey {
        let start = self.cursor.syntaxError(.searchKey)
        let name = try self.cursor.takeName(.searchKey)
        if let key = Self.flagKey(name) { return key }
        if name == "MODSEQ" { return try self.takeModSeqKey() }
        guard Self.hasArgument(name) else { throw start }
        try self.cursor.expectSpace()
        switch name {
        case "NOT": return .not(try self.takeKey(depth: depth + 1))
        case "OR":
            let first = try self.takeKey(depth: depth + 1)
            try self.cursor.expectSpace()
            return .or(first, try self.takeKey(depth: depth + 1))
        default: return try self.takeArgument(of: name)
        }
    }

    /// Keys that are a word alone.
    private static func flagKey(_ name: String) -> SearchKey? {
        switch name {
        case "ALL": .all
        case "ANSWERED": .hasFlags(.answered)
        case "DELETED": .hasFlags(.deleted)
        case "DRAFT": .hasFlags(.draft)
        case "FLAGGED": .hasFlags(.flagged)
        case "SEEN": .hasFlags(.seen)
        case "UNANSWERED": .lacksFlags(.answered)
        case "UNDELETED": .lacksFlags(.deleted)
        case "UNDRAFT": .lacksFlags(.draft)
        case "UNFLAGGED": .lacksFlags(.flagged)
        case "UNSEEN": .lacksFlags(.seen)
        case "RECENT": .recent
        case "OLD": .old
        case "NEW": .new
        default: nil
        }
    }

    private static func hasArgument(_ name: String) -> Bool {
        switch name {
        case "NOT", "OR", "UID", "KEYWORD", "UNKEYWORD", "HEADER", "LARGER", "SMALLER", "OLDER", "YOUNGER": true
        case "BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE": true
        case "FROM", "TO", "CC", "BCC", "SUBJECT", "BODY", "TEXT": true
        default: false
        }
    }

    private mutating func takeArgument(of name: String) throws(WireSyntaxError) -> SearchKey {
        switch name {
        case "UID": return .uid(try self.cursor.takeMessageSet())
        case "KEYWORD": return .keyword(try self.cursor.takeKeyword(.keyword))
        case "UNKEYWORD": return .unkeyword(try self.cursor.takeKeyword(.keyword))
        case "LARGER": return .larger(octets: try self.cursor.takeNumber64())
        case "SMALLER": return .smaller(octets: try self.cursor.takeNumber64())
        case "OLDER": return .older(seconds: try self.cursor.takeNonZeroNumber())
        case "YOUNGER": return .younger(seconds: try self.cursor.takeNonZeroNumber())
        case "HEADER":
            let field = try self.cursor.takeHeaderFieldName()
            try self.cursor.expectSpace()
            return .header(field, try self.takeText())
        case "BEFORE": return .before(try self.cursor.takeDate())
        case "ON": return .on(try self.cursor.takeDate())
        case "SINCE": return .since(try self.cursor.takeDate())
        case "SENTBEFORE": return .sentBefore(try self.cursor.takeDate())
        case "SENTON": return .sentOn(try self.cursor.takeDate())
        case "SENTSINCE": return .sentSince(try self.cursor.takeDate())
        default: return try self.takeTextKey(name)
        }
    }

    private mutating func takeTextKey(_ name: String) throws(WireSyntaxError) -> SearchKey {
        if name == "BODY" || name == "TEXT" {
            guard self.textsLeft > 0 else { throw self.cursor.syntaxError(.searchTextCount) }
            self.textsLeft -= 1
        }
        let text = try self.takeText()
        switch name {
        case "FROM": return .from(text)
        case "TO": return .to(text)
        case "CC": return .cc(text)
        case "BCC": return .bcc(text)
        case "SUBJECT": return .subject(text)
        case "BODY": return .body(text)
        default: return .text(text)
        }
    }

    private mutating func takeText() throws(WireSyntaxError) -> SearchText {
        SearchText(try self.cursor.takeAString())
    }

    ///     search-modsequence = "MODSEQ" [search-modseq-ext] SP mod-sequence-valzer
    ///     search-modseq-ext  = SP entry-name SP entry-type-req
    ///
    /// RFC 7162 §7. The entry is read and not kept: one modseq serves all flags of a message.
    private mutating func takeModSeqKey() throws(WireSyntaxError) -> SearchKey {
        try self.cursor.expectSpace()
        if self.cursor.next == ASCII.quote {
            _ = try self.cursor.takeQuoted()
            try self.cursor.expectSpace()
            let start = self.cursor.syntaxError(.modSeq)
            guard ["PRIV", "SHARED", "ALL"].contains(try self.cursor.takeName(.modSeq)) else { throw start }
            try self.cursor.expectSpace()
        }
        return .modSeq(try self.cursor.takeModSeq())
    }
}
