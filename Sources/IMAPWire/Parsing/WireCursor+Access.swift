internal import MailBytes
internal import MailTypes

/// Arguments of the commands that open a session or a mailbox.
extension WireCursor {
    /// `select = SP mailbox [SP "(" select-param *(SP select-param) ")"]` (RFC 9051 §9, RFC 7162 §7).
    mutating func takeSelect() throws(WireSyntaxError) -> SelectRequest {
        var request = SelectRequest(mailbox: try self.takeMailbox())
        guard self.skip(ASCII.space) else { return request }
        try self.expectOpen()
        repeat {
            guard self.skipName("CONDSTORE") else { throw self.syntaxError(.selectParameter) }
            request.enablesCondstore = true
        } while self.skip(ASCII.space)
        try self.expectClose()
        return request
    }

    ///     create       = SP mailbox [SP "(" create-param *(SP create-param) ")"]
    ///     create-param = "USE" SP "(" [use-attr *(SP use-attr)] ")"
    ///
    /// RFC 9051 §9, RFC 6154 §6.
    mutating func takeCreate() throws(WireSyntaxError) -> CreateRequest {
        var request = CreateRequest(mailbox: try self.takeMailbox())
        guard self.skip(ASCII.space) else { return request }
        try self.expectOpen()
        guard self.skipName("USE") else { throw self.syntaxError(.createParameter) }
        try self.expectSpace()
        try self.expectOpen()
        if !self.skip(UInt8(ascii: ")")) {
            repeat {
                guard let use = try self.takeSpecialUse() else {
                    request.namesUnknownUse = true
                    continue
                }
                if !request.uses.contains(use) { request.uses.append(use) }
            } while self.skip(ASCII.space)
            try self.expectClose()
        }
        try self.expectClose()
        return request
    }

    ///     authenticate = SP auth-type [SP initial-resp]
    ///     initial-resp = (base64 / "=")
    ///
    /// RFC 9051 §9.
    mutating func takeAuthenticate() throws(WireSyntaxError) -> AuthenticateRequest {
        let mechanism = try self.takeAtom(limit: 64, .mechanism).uppercased()
        var request = AuthenticateRequest(mechanism: mechanism)
        guard self.skip(ASCII.space) else { return request }
        let count = self.run(limit: self.remaining, IMAPByteClass.isBase64)
        guard count > 0 else { throw self.syntaxError(.base64) }
        request.initialResponse = Secret(self.takeBytes(count))
        return request
    }

    /// `login = SP userid SP password`, both `astring` (RFC 9051 §9).
    mutating func takeLogin() throws(WireSyntaxError) -> IMAPCommand {
        let user = String(decoding: try self.takeAString(), as: UTF8.self)
        try self.expectSpace()
        return .login(user: user, password: Secret(try self.takeAString()))
    }

    /// `enable = 1*(SP capability)`, upper-cased (RFC 9051 §9).
    mutating func takeEnable() throws(WireSyntaxError) -> [String] {
        var names: [String] = []
        repeat {
            guard names.count < IMAPLimits.enableCountMax else { throw self.syntaxError(.capability) }
            names.append(try self.takeAtom(limit: 64, .capability).uppercased())
        } while self.skip(ASCII.space)
        return names
    }

    /// `id = SP ("(" [string SP nstring *(SP string SP nstring)] ")" / nil)` (RFC 2971 §4).
    mutating func takeID() throws(WireSyntaxError) -> [IMAPIDField]? {
        if self.skipName("NIL") { return nil }
        try self.expect(UInt8(ascii: "("), .idList)
        var fields: [IMAPIDField] = []
        if self.skip(UInt8(ascii: ")")) { return fields }
        repeat {
            let start = self.syntaxError(.idFieldCount)
            let name = try self.takeString()
            try self.expectSpace()
            let value = try self.takeNString()
            guard fields.count < IMAPLimits.idFieldsMax, name.count <= IMAPLimits.idNameOctetsMax,
                value?.count ?? 0 <= IMAPLimits.idValueOctetsMax
            else { throw start }
            let text = value.map { String(decoding: $0, as: UTF8.self) }
            fields.append(IMAPIDField(name: String(decoding: name, as: UTF8.self), value: text))
        } while self.skip(ASCII.space)
        try self.expectClose()
        return fields
    }
}
