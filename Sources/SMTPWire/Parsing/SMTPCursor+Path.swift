internal import MailBytes
internal import MailTypes

/// What an address in a command may look like, and what is thrown when it does not.
struct SMTPPathRules {
    let kind: SMTPSyntaxError.Kind
    let allowsUTF8: Bool
    let localPartOctetsMax: Int
    let domainOctetsMax: Int
}

extension SMTPCursor {
    /// `Reverse-path = Path / "<>"`
    mutating func takeReversePath(
        _ bytes: Span<UInt8>,
        _ rules: SMTPPathRules
    ) throws(SMTPSyntaxError) -> ReversePath {
        var probe = self
        if probe.skip(UInt8(ascii: "<"), bytes), probe.skip(UInt8(ascii: ">"), bytes) {
            self = probe
            return .null
        }
        return .address(try self.takePath(bytes, rules))
    }

    /// `Forward-path = Path`, or `"<Postmaster>"` in any case. RFC 5321 §4.1.1.3.
    mutating func takeForwardPath(
        _ bytes: Span<UInt8>,
        _ rules: SMTPPathRules
    ) throws(SMTPSyntaxError) -> ForwardPath {
        let after = self.position + 12
        if after <= self.end, bytes.equalsIgnoringCase("<POSTMASTER>", from: self.position, to: after) {
            self.position = after
            return .postmaster
        }
        return .address(try self.takePath(bytes, rules))
    }

    /// `Path = "<" [ A-d-l ":" ] Mailbox ">"`. Nothing is consumed when it throws.
    private mutating func takePath(
        _ bytes: Span<UInt8>,
        _ rules: SMTPPathRules
    ) throws(SMTPSyntaxError) -> EmailAddress {
        var probe = self
        guard probe.skip(UInt8(ascii: "<"), bytes) else { throw SMTPSyntaxError(rules.kind, at: probe.position) }
        if probe.next(bytes) == UInt8(ascii: "@") { try probe.skipSourceRoute(bytes, rules) }
        let localPart = try probe.takeLocalPart(bytes, rules)
        guard probe.skip(UInt8(ascii: "@"), bytes) else { throw SMTPSyntaxError(rules.kind, at: probe.position) }
        let domain = try probe.takeDomain(bytes, rules)
        guard probe.skip(UInt8(ascii: ">"), bytes) else { throw SMTPSyntaxError(rules.kind, at: probe.position) }
        self = probe
        return EmailAddress(localPart: localPart, domain: domain)
    }

    /// `A-d-l = At-domain *( "," At-domain )`, then `":"`: read and ignored. RFC 5321 §4.1.1.3.
    private mutating func skipSourceRoute(_ bytes: Span<UInt8>, _ rules: SMTPPathRules) throws(SMTPSyntaxError) {
        repeat {
            guard self.skip(UInt8(ascii: "@"), bytes) else { throw SMTPSyntaxError(rules.kind, at: self.position) }
            _ = try self.takeDomain(bytes, rules)
        } while self.skip(UInt8(ascii: ","), bytes)
        guard self.skip(UInt8(ascii: ":"), bytes) else { throw SMTPSyntaxError(rules.kind, at: self.position) }
    }

    /// `Local-part = Dot-string / Quoted-string`, given back unquoted.
    ///
    /// Dots may also stand first, last or doubled, which the grammar forbids and addresses of old providers have;
    /// written again, such a local part is quoted.
    private mutating func takeLocalPart(_ bytes: Span<UInt8>, _ rules: SMTPPathRules) throws(SMTPSyntaxError) -> String
    {
        if self.next(bytes) == ASCII.quote { return try self.takeQuotedLocalPart(bytes, rules) }
        let start = self.position
        while self.position < self.end {
            let byte = bytes[self.position]
            guard byte == ASCII.dot || Self.isAtomByte(byte) else { break }
            self.position += 1
        }
        guard (1...rules.localPartOctetsMax).contains(self.position - start) else {
            throw SMTPSyntaxError(rules.kind, at: self.position)
        }
        return try self.text(bytes, start..<self.position, rules)
    }

    /// `Quoted-string = DQUOTE *( qtextSMTP / "\" %d32-126 ) DQUOTE`
    private mutating func takeQuotedLocalPart(
        _ bytes: Span<UInt8>,
        _ rules: SMTPPathRules
    ) throws(SMTPSyntaxError) -> String {
        self.position += 1
        let start = self.position
        var unquoted: [UInt8] = []
        while self.position < self.end, bytes[self.position] != ASCII.quote {
            if bytes[self.position] == ASCII.backslash { self.position += 1 }
            let byte = self.next(bytes)
            guard !ASCII.isControl(byte), unquoted.count < rules.localPartOctetsMax else {
                throw SMTPSyntaxError(rules.kind, at: self.position)
            }
            unquoted.append(byte)
            self.position += 1
        }
        guard self.skip(ASCII.quote, bytes) else { throw SMTPSyntaxError(rules.kind, at: start) }
        return try self.text(unquoted.span, 0..<unquoted.count, rules)
    }

    /// `Domain = sub-domain *("." sub-domain)`, or an address literal.
    ///
    /// An underscore may stand where a letter may: host names with one send mail. RFC 5321 §4.1.2.
    private mutating func takeDomain(_ bytes: Span<UInt8>, _ rules: SMTPPathRules) throws(SMTPSyntaxError) -> Domain {
        if self.next(bytes) == UInt8(ascii: "[") { return try self.takeAddressLiteral(bytes, rules) }
        let start = self.position
        repeat {
            let label = self.position
            while self.position < self.end, Self.isDomainByte(bytes[self.position]) { self.position += 1 }
            let hyphen = UInt8(ascii: "-")
            guard self.position > label, bytes[label] != hyphen, bytes[self.position - 1] != hyphen,
                self.position - label <= 63
            else { throw SMTPSyntaxError(rules.kind, at: self.position) }
        } while self.skip(ASCII.dot, bytes)
        let domain = Domain(try self.text(bytes, start..<self.position, rules))
        // In lower case, as it is passed on, a name may be longer than it came.
        let name = domain.name.utf8
        guard name.count <= rules.domainOctetsMax,
            name.count == self.position - start || name.split(separator: ASCII.dot).allSatisfy({ $0.count <= 63 })
        else { throw SMTPSyntaxError(rules.kind, at: start) }
        return domain
    }

    /// `address-literal = "[" ( IPv4 / "IPv6:" IPv6 ) "]"` (RFC 5321 §4.1.3); other tags exist nowhere.
    private mutating func takeAddressLiteral(
        _ bytes: Span<UInt8>,
        _ rules: SMTPPathRules
    ) throws(SMTPSyntaxError) -> Domain {
        let start = self.position
        while self.position < self.end, bytes[self.position] != UInt8(ascii: "]"), self.position - start < 64 {
            self.position += 1
        }
        let content = (start + 1)..<self.position
        guard self.skip(UInt8(ascii: "]"), bytes), AddressLiteral.isValid(bytes, content) else {
            throw SMTPSyntaxError(rules.kind, at: start)
        }
        return Domain(try self.text(bytes, start..<self.position, rules))
    }

    /// The text in `range`, which must be UTF-8, and ASCII where no more is allowed.
    private mutating func text(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        _ rules: SMTPPathRules
    ) throws(SMTPSyntaxError) -> String {
        for index in range where bytes[index] >= 0x80 {
            guard rules.allowsUTF8 else { throw SMTPSyntaxError(.internationalAddress, at: self.position) }
            self.hasSeenUTF8 = true
            break
        }
        guard let text = String(validating: bytes, range) else {
            throw SMTPSyntaxError(rules.kind, at: self.position)
        }
        return text
    }

    /// `atext`, or a byte of UTF-8. RFC 5321 §4.1.2, RFC 6531 §3.3.
    private static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    private static func isDomainByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
