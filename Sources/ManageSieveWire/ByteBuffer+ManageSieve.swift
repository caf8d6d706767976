internal import MailBytes
package import NIOCore

/// Writing answers. RFC 5804 §4.
extension ByteBuffer {
    /// Octets that fit a quoted string. RFC 5804 §4.
    private static var quotedOctetsMax: Int { 1_024 }

    /// Appends `OK (code) "text"`, or the like, with its line end.
    package mutating func writeManageSieveReply(_ reply: ManageSieveReply) {
        self.writeString(reply.status.rawValue)
        if let code = reply.code {
            self.writeStaticString(" (")
            self.writeManageSieveCode(code)
            self.writeStaticString(")")
        }
        if !reply.text.isEmpty {
            self.writeStaticString(" ")
            self.writeManageSieveString(reply.text)
        }
        self.writeStaticString("\r\n")
    }

    /// Appends a challenge in base64, always as a literal, with its line end. RFC 5804 §2.1.
    ///
    /// A quoted string would be as right, but Cyrus's `sivtest` and KDE's libksieve read nothing but literals here, and
    /// Emacs no empty quoted string. Cyrus's server, the first there was, sends literals, so every client reads them.
    package mutating func writeManageSieveChallenge(_ octets: [UInt8]) {
        self.writeManageSieveLiteral(Array(Base64.encode(octets).utf8).span)
        self.writeStaticString("\r\n")
    }

    /// Appends a line of LISTSCRIPTS. RFC 5804 §2.7.
    package mutating func writeManageSieveScript(_ name: String, isActive: Bool) {
        self.writeManageSieveString(name)
        self.writeStaticString(isActive ? " ACTIVE\r\n" : "\r\n")
    }

    /// Appends a script as a literal, with its line end. RFC 5804 §2.9.
    package mutating func writeManageSieveScript(_ octets: [UInt8]) {
        self.writeManageSieveLiteral(octets.span)
        self.writeStaticString("\r\n")
    }

    /// Appends a quoted string, or a literal where text is too long or has several lines.
    package mutating func writeManageSieveString(_ text: String) {
        var text = text
        text.withUTF8 { unsafe self.writeManageSieveString(Span(_unsafeElements: $0)) }
    }

    private mutating func writeManageSieveString(_ octets: Span<UInt8>) {
        guard octets.count <= Self.quotedOctetsMax, Self.canBeQuoted(octets) else {
            return self.writeManageSieveLiteral(octets)
        }
        self.writeInteger(ASCII.quote)
        var start = 0
        for index in 0..<octets.count where octets[index] == ASCII.quote || octets[index] == ASCII.backslash {
            self.writeSpan(octets, start..<index)
            self.writeInteger(ASCII.backslash)
            start = index
        }
        self.writeSpan(octets, start..<octets.count)
        self.writeInteger(ASCII.quote)
    }

    private mutating func writeManageSieveLiteral(_ octets: Span<UInt8>) {
        self.writeString("{\(octets.count)}\r\n")
        self.writeSpan(octets)
    }

    private static func canBeQuoted(_ octets: Span<UInt8>) -> Bool {
        for index in 0..<octets.count {
            switch octets[index] {
            case 0, ASCII.carriageReturn, ASCII.lineFeed: return false
            default: break
            }
        }
        return UTF8Text.isValid(octets)
    }

    private mutating func writeManageSieveCode(_ code: ManageSieveReply.Code) {
        switch code {
        case .authTooWeak: self.writeStaticString("AUTH-TOO-WEAK")
        case .encryptNeeded: self.writeStaticString("ENCRYPT-NEEDED")
        case .quota: self.writeStaticString("QUOTA")
        case .quotaMaxScripts: self.writeStaticString("QUOTA/MAXSCRIPTS")
        case .quotaMaxSize: self.writeStaticString("QUOTA/MAXSIZE")
        case .tryLater: self.writeStaticString("TRYLATER")
        case .active: self.writeStaticString("ACTIVE")
        case .nonexistent: self.writeStaticString("NONEXISTENT")
        case .alreadyExists: self.writeStaticString("ALREADYEXISTS")
        case .warnings: self.writeStaticString("WARNINGS")
        case .sasl(let octets):
            self.writeStaticString("SASL ")
            self.writeManageSieveString(Base64.encode(octets))
        case .tag(let tag):
            self.writeStaticString("TAG ")
            self.writeManageSieveString(tag.readableBytesUInt8Span)
        }
    }
}
