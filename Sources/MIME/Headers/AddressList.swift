internal import MailBytes

/// Reads the addresses of a From, To or like field, obsolete and broken forms included.
///
/// It answers as IMAP's envelope wants it: groups as a start and an end, a missing part as a word that says so.
/// RFC 5322 §3.4, §4.4; RFC 9051 §7.5.2.
package struct AddressList {
    private var lexer: FieldLexer
    private var current = HeaderAddress()
    private var found: [HeaderAddress] = []
    private var word: [UInt8] = []

    private static let syntaxError = Array("SYNTAX_ERROR".utf8)
    private static let invalidRoute = Array("INVALID_ROUTE".utf8)

    /// - Returns: At most ``MIMELimits/addressesMax`` members; none when the field holds nothing but blanks.
    package static func parse(_ value: Range<Int>, in bytes: Span<UInt8>) -> [HeaderAddress] {
        var list = AddressList(lexer: FieldLexer(value, keepsComments: true))
        guard list.lexer.skipBlanks(bytes) == .more else { return [] }
        list.takeAll(bytes)
        return list.found
    }

    /// Every address that any reader may find in the field, also behind a place where the grammar ends, as of
    /// `ann@a.example <bob@b.example>`: for who must know that there is no other.
    ///
    /// - Returns: `nil` when the field is too long, too broken or has too many addresses to say so.
    package static func parseEverything(_ value: Range<Int>, in bytes: Span<UInt8>) -> [HeaderAddress]? {
        var list = AddressList(lexer: FieldLexer(value, keepsComments: true))
        guard list.lexer.end == value.upperBound else { return nil }
        for _ in 0..<Self.breaksMax {
            switch list.lexer.skipBlanks(bytes) {
            case .atEnd: return list.found
            case .broken: return nil
            case .more: break
            }
            let start = list.lexer.position
            list.takeAll(bytes)
            if list.found.count >= MIMELimits.addressesMax { return nil }
            if list.lexer.isAtEnd { return list.found }
            // What ended the list is no part of an address, unless one begins there.
            let byte = list.lexer.current(bytes)
            let beginsAddress = byte == UInt8(ascii: "<") || byte == ASCII.quote || ByteClass.isAtomByte(byte)
            if !beginsAddress || list.lexer.position == start { list.lexer.position += 1 }
        }
        return nil
    }

    /// Places at which a field may break the grammar and is still read on.
    private static let breaksMax = 32

    private init(lexer: FieldLexer) {
        self.lexer = lexer
    }

    ///     address-list = (address *("," address)) / obs-addr-list
    private mutating func takeAll(_ bytes: Span<UInt8>) {
        while self.found.count < MIMELimits.addressesMax {
            guard self.takeAddress(bytes) != .atEnd, self.lexer.current(bytes) == UInt8(ascii: ",") else { return }
            self.lexer.position += 1
            switch self.lexer.skipBlanks(bytes) {
            case .more: continue
            case .atEnd: return
            case .broken:
                self.finishMailbox()
                return
            }
        }
    }

    ///     address = mailbox / group
    private mutating func takeAddress(_ bytes: Span<UInt8>) -> LexOutcome {
        let start = self.lexer.position
        if let outcome = self.takeGroup(bytes) { return outcome }
        self.lexer.position = start
        return self.takeMailbox(bytes)
    }

    ///     group = display-name ":" [mailbox-list / CFWS] ";" [CFWS]
    ///
    /// - Returns: `nil` when this is no group.
    private mutating func takeGroup(_ bytes: Span<UInt8>) -> LexOutcome? {
        self.word.removeAll(keepingCapacity: true)
        guard self.lexer.takePhrase(bytes, into: &self.word) == .more,
            self.lexer.current(bytes) == UInt8(ascii: ":")
        else { return nil }
        self.lexer.position += 1
        var outcome = self.lexer.skipBlanks(bytes)
        self.current.mailbox = self.word
        self.current.isBroken = outcome != .more
        self.add()
        if outcome == .more, self.lexer.current(bytes) != UInt8(ascii: ";") {
            outcome = self.takeMembers(bytes)
        }
        if outcome != .broken {
            if self.lexer.current(bytes) == UInt8(ascii: ";") {
                self.lexer.position += 1
                outcome = self.lexer.skipBlanks(bytes)
            } else {
                outcome = .broken
            }
        }
        self.current.isBroken = outcome == .broken
        self.add()
        return outcome == .atEnd ? .atEnd : .more
    }

    ///     mailbox-list = (mailbox *("," mailbox)) / obs-mbox-list
    private mutating func takeMembers(_ bytes: Span<UInt8>) -> LexOutcome {
        while self.found.count < MIMELimits.addressesMax {
            _ = self.takeMailbox(bytes)
            guard self.lexer.current(bytes) == UInt8(ascii: ",") else { return .more }
            self.lexer.position += 1
            guard self.lexer.skipBlanks(bytes) == .more else { return .broken }
        }
        return .more
    }

    ///     mailbox = name-addr / addr-spec
    private mutating func takeMailbox(_ bytes: Span<UInt8>) -> LexOutcome {
        let start = self.lexer.position
        var outcome = self.takeNameAddress(bytes)
        if outcome == .broken {
            self.lexer.position = start
            outcome = self.takeAddressSpec(bytes)
            if self.current.isBroken, self.current.name == nil, self.current.domain == nil {
                self.current.name = self.current.mailbox
                self.current.mailbox = nil
            }
        }
        if outcome == .broken { self.current.isBroken = true }
        self.finishMailbox()
        return outcome
    }

    ///     name-addr = [display-name] angle-addr
    private mutating func takeNameAddress(_ bytes: Span<UInt8>) -> LexOutcome {
        self.word.removeAll(keepingCapacity: true)
        guard self.lexer.takePhrase(bytes, into: &self.word) == .more,
            self.lexer.current(bytes) == UInt8(ascii: "<")
        else { return .broken }
        self.current.name = self.word.isEmpty ? nil : self.word
        if self.takeAngleAddress(bytes) == .broken {
            self.current.domain = Self.syntaxError
            self.current.isBroken = true
        }
        return self.lexer.isAtEnd ? .atEnd : .more
    }

    ///     angle-addr = [CFWS] "<" [obs-route] addr-spec ">" [CFWS]
    private mutating func takeAngleAddress(_ bytes: Span<UInt8>) -> LexOutcome {
        self.lexer.position += 1
        guard self.lexer.skipBlanks(bytes) == .more else { return .broken }
        if bytes[self.lexer.position] == UInt8(ascii: "@") {
            if self.takeRoute(bytes), self.lexer.current(bytes) == UInt8(ascii: ":") {
                self.lexer.position += 1
            } else {
                self.current.route = Self.invalidRoute
                if self.lexer.isAtEnd { return .broken }
            }
            guard self.lexer.skipBlanks(bytes) == .more else { return .broken }
        }
        if bytes[self.lexer.position] != UInt8(ascii: ">") {
            guard self.takeLocalPart(bytes) == .more else { return .broken }
            if bytes[self.lexer.position] == UInt8(ascii: "@") {
                guard self.takeDomain(bytes) == .more else { return .broken }
            }
        }
        guard self.lexer.current(bytes) == UInt8(ascii: ">") else { return .broken }
        self.lexer.position += 1
        return self.lexer.skipBlanks(bytes)
    }

    ///     obs-domain-list = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])
    ///
    /// - Returns: Whether it ended before something else than a domain.
    private mutating func takeRoute(_ bytes: Span<UInt8>) -> Bool {
        self.word.removeAll(keepingCapacity: true)
        while true {
            guard !self.lexer.isAtEnd else { return false }
            guard bytes[self.lexer.position] == UInt8(ascii: "@") else { break }
            if !self.word.isEmpty { self.word.append(UInt8(ascii: ",")) }
            self.word.append(UInt8(ascii: "@"))
            guard self.lexer.takeDomain(bytes, into: &self.word) == .more else { return false }
            while self.lexer.skipBlanks(bytes) == .more, bytes[self.lexer.position] == UInt8(ascii: ",") {
                self.lexer.position += 1
            }
        }
        self.current.route = self.word
        return true
    }

    ///     addr-spec = local-part "@" domain
    ///
    /// Without a domain, one word is a mailbox and several are a display name; a comment is always a display name.
    private mutating func takeAddressSpec(_ bytes: Span<UInt8>) -> LexOutcome {
        self.lexer.lastComment.removeAll(keepingCapacity: true)
        let isQuoted = self.lexer.current(bytes) == ASCII.quote
        var outcome = self.takeLocalPart(bytes)
        if outcome != .more { self.current.isBroken = true }
        var hasTriedDomain = false
        if outcome != .atEnd, self.lexer.current(bytes) == UInt8(ascii: "@"), !self.lexer.isAtEnd {
            hasTriedDomain = true
            let domainOutcome = self.takeDomain(bytes)
            if domainOutcome != .more { outcome = domainOutcome }
        }
        if !self.lexer.lastComment.isEmpty {
            self.current.name = self.lexer.lastComment
        } else if !hasTriedDomain {
            self.word.append(ASCII.space)
            let length = self.word.count
            _ = self.lexer.takePhrase(bytes, into: &self.word)
            if self.word.count != length {
                self.current.mailbox = nil
                self.current.name = self.word
            } else if !isQuoted {
                self.current.domain = []
            }
            self.current.isBroken = true
            outcome = .broken
        }
        return outcome
    }

    ///     local-part = dot-atom / quoted-string / obs-local-part
    private mutating func takeLocalPart(_ bytes: Span<UInt8>) -> LexOutcome {
        self.word.removeAll(keepingCapacity: true)
        let outcome =
            self.lexer.current(bytes) == ASCII.quote
            ? self.lexer.takeQuotedString(bytes, into: &self.word) : self.takeDottedWords(bytes)
        if outcome != .broken { self.current.mailbox = self.word }
        return outcome
    }

    /// Words with dots anywhere, first and last and in a row too, as some providers let their users have.
    private mutating func takeDottedWords(_ bytes: Span<UInt8>) -> LexOutcome {
        var outcome = LexOutcome.broken
        repeat {
            while self.lexer.current(bytes) == ASCII.dot {
                self.word.append(ASCII.dot)
                self.lexer.position += 1
                if self.lexer.isAtEnd { return .atEnd }
                outcome = .more
            }
            if self.lexer.current(bytes) == UInt8(ascii: "@") { break }
            outcome = self.lexer.takeAtom(bytes, into: &self.word)
        } while outcome == .more && self.lexer.current(bytes) == ASCII.dot
        return outcome
    }

    private mutating func takeDomain(_ bytes: Span<UInt8>) -> LexOutcome {
        self.word.removeAll(keepingCapacity: true)
        let outcome = self.lexer.takeDomain(bytes, into: &self.word)
        if outcome != .broken { self.current.domain = self.word }
        return outcome
    }

    private mutating func finishMailbox() {
        if self.current.mailbox == nil {
            self.current.mailbox = HeaderAddress.missingMailbox
            self.current.isBroken = true
        }
        if self.current.domain?.isEmpty ?? true {
            self.current.domain = HeaderAddress.missingDomain
            self.current.isBroken = true
        }
        self.add()
    }

    private mutating func add() {
        self.found.append(self.current)
        self.current = HeaderAddress()
    }
}
