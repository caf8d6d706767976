package import NIOCore

extension ByteBuffer {
    /// `* CAPABILITY IMAP4rev1 …` (RFC 9051 §7.2.2).
    package mutating func writeCapabilities(_ capabilities: [IMAPCapability]) {
        self.writeStaticString("* CAPABILITY")
        self.writeCapabilityNames(capabilities)
        self.writeStaticString("\r\n")
    }

    /// `* ENABLED CONDSTORE`; names as ``IMAPCommand/enable(_:)`` gave them (RFC 9051 §7.2.1).
    package mutating func writeEnabled(_ names: [String]) {
        self.writeStaticString("* ENABLED")
        for name in names {
            self.writeInteger(UInt8(ascii: " "))
            self.writeString(name)
        }
        self.writeStaticString("\r\n")
    }

    /// `* ID ("name" "Martlet")`, or `* ID NIL` (RFC 2971 §3.2).
    package mutating func writeID(_ fields: [IMAPIDField]?) {
        guard let fields, !fields.isEmpty else {
            self.writeStaticString("* ID NIL\r\n")
            return
        }
        self.writeStaticString("* ID (")
        for (index, field) in fields.enumerated() {
            if index > 0 { self.writeInteger(UInt8(ascii: " ")) }
            self.writeIMAPString(field.name)
            self.writeInteger(UInt8(ascii: " "))
            self.writeNString(field.value)
        }
        self.writeStaticString(")\r\n")
    }

    /// One personal namespace that begins nowhere and parts its levels with `/` (RFC 9051 §6.3.10).
    package mutating func writeNamespace() {
        self.writeStaticString("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n")
    }

    /// Each name after a space.
    mutating func writeCapabilityNames(_ capabilities: [IMAPCapability]) {
        for capability in capabilities {
            self.writeInteger(UInt8(ascii: " "))
            self.writeCapability(capability)
        }
    }

    private mutating func writeCapability(_ capability: IMAPCapability) {
        switch capability {
        case .imap4rev1: self.writeStaticString("IMAP4rev1")
        case .literalPlus: self.writeStaticString("LITERAL+")
        case .literalMinus: self.writeStaticString("LITERAL-")
        case .saslIR: self.writeStaticString("SASL-IR")
        case .id: self.writeStaticString("ID")
        case .enable: self.writeStaticString("ENABLE")
        case .idle: self.writeStaticString("IDLE")
        case .namespace: self.writeStaticString("NAMESPACE")
        case .children: self.writeStaticString("CHILDREN")
        case .unselect: self.writeStaticString("UNSELECT")
        case .uidPlus: self.writeStaticString("UIDPLUS")
        case .move: self.writeStaticString("MOVE")
        case .condstore: self.writeStaticString("CONDSTORE")
        case .specialUse: self.writeStaticString("SPECIAL-USE")
        case .createSpecialUse: self.writeStaticString("CREATE-SPECIAL-USE")
        case .statusSize: self.writeStaticString("STATUS=SIZE")
        case .listExtended: self.writeStaticString("LIST-EXTENDED")
        case .listStatus: self.writeStaticString("LIST-STATUS")
        case .esearch: self.writeStaticString("ESEARCH")
        case .searchRes: self.writeStaticString("SEARCHRES")
        case .within: self.writeStaticString("WITHIN")
        case .multiAppend: self.writeStaticString("MULTIAPPEND")
        case .metadata: self.writeStaticString("METADATA")
        case .startTLS: self.writeStaticString("STARTTLS")
        case .loginDisabled: self.writeStaticString("LOGINDISABLED")
        case .appendLimit(let octets):
            self.writeStaticString("APPENDLIMIT=")
            self.writeDecimal(octets)
        case .imapSieve(let uri):
            self.writeStaticString("IMAPSIEVE=")
            self.writeString(uri)
        case .auth(let mechanism):
            self.writeStaticString("AUTH=")
            self.writeString(mechanism)
        }
    }
}
