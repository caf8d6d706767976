package import SASL
package import SMTPWire

/// Where mail goes next: how to speak, and to which hosts, the preferred one first.
///
/// Mail for the same next hop shares connections, a queue and what is remembered of failures. Hosts named by a route
/// stand here as they are configured; a lookup of mail exchangers would give the same list for a domain.
package struct NextHop: Hashable, Sendable, CustomStringConvertible {
    /// A host by name or address, and its port.
    package struct Host: Hashable, Sendable, CustomStringConvertible {
        /// A name, or an IP address without brackets.
        package var name: String
        package var port: Int

        package init(name: String, port: Int) {
            self.name = name
            self.port = port
        }

        package var description: String {
            self.name.contains(":") ? "[\(self.name)]:\(self.port)" : "\(self.name):\(self.port)"
        }
    }

    package var dialect: SMTPDialect
    /// At least one. Later ones are used while the earlier ones cannot be reached.
    package var hosts: [Host]
    package var tls: SMTPClientStateMachine.TLSUse
    /// TLS counts only with a certificate that names the host, from somebody the options trust. Without it TLS keeps
    /// out eavesdroppers, not impostors. RFC 7435.
    package var verifiesCertificate: Bool
    /// The login to use there; `nil` means none.
    package var login: SASLClientCredentials?

    package init(
        dialect: SMTPDialect,
        hosts: [Host],
        tls: SMTPClientStateMachine.TLSUse = .whenOffered,
        verifiesCertificate: Bool = false,
        login: SASLClientCredentials? = nil
    ) {
        precondition(!hosts.isEmpty, "a next hop has a host")
        self.dialect = dialect
        self.hosts = hosts
        self.tls = tls
        self.verifiesCertificate = verifiesCertificate
        self.login = login
    }

    /// Reads `smtp:host:port`, `lmtp:host:port`, `smtp:[2001:db8::1]:25` or several hosts as in `smtp:a:25,b:25`.
    /// Without a port it is 25, and 24 for LMTP. `nil` when the text is anything else.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let dialect: SMTPDialect
        switch text[..<colon].lowercased() {
        case "smtp": dialect = .smtp
        case "lmtp": dialect = .lmtp
        default: return nil
        }
        var hosts: [Host] = []
        for part in text[text.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false) {
            guard let host = Self.host(String(part), defaultPort: dialect == .smtp ? 25 : 24) else { return nil }
            hosts.append(host)
        }
        self.init(dialect: dialect, hosts: hosts)
    }

    private static func host(_ text: String, defaultPort: Int) -> Host? {
        var name = text
        var port = defaultPort
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            name = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty {
                guard let number = Int(rest.dropFirst()) else { return nil }
                port = number
            }
        } else if let colon = text.lastIndex(of: ":") {
            guard let number = Int(text[text.index(after: colon)...]) else { return nil }
            name = String(text[..<colon])
            port = number
            guard !name.contains(":") else { return nil }
        }
        guard !name.isEmpty, (1...65_535).contains(port), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        return Host(name: name, port: port)
    }

    package var description: String {
        "\(self.dialect == .smtp ? "smtp" : "lmtp"):"
            + self.hosts.map(\.description).joined(separator: ",")
    }
}
