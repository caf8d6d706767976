internal import MailTypes

/// Where to listen or whom to call: `127.0.0.1:2525`, `[::1]:25`, `mail.example.org:25`.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address, an IPv6 address without its brackets.
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`; `nil` when it is anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == 0x2F }) else { return nil }
        self.init(host: String(host), port: port)
    }

    package var description: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}

/// Where mail for a domain goes next, and how: `lmtp:127.0.0.1:24`, `smtp:relay.example.org:25`.
package struct RouteTarget: Hashable, Sendable, CustomStringConvertible {
    package enum Transport: String, Hashable, Sendable, CaseIterable {
        case smtp
        case lmtp
    }

    package let transport: Transport
    package let host: HostPort

    package init(transport: Transport, host: HostPort) {
        self.transport = transport
        self.host = host
    }

    /// Reads `smtp:host:port` or `lmtp:host:port`; without a transport it is SMTP.
    package init?(_ text: String) {
        for transport in Transport.allCases where text.hasPrefix("\(transport.rawValue):") {
            guard let host = HostPort(String(text.dropFirst(transport.rawValue.count + 1))) else { break }
            self.init(transport: transport, host: host)
            return
        }
        guard let host = HostPort(text), host.host != "smtp", host.host != "lmtp" else { return nil }
        self.init(transport: .smtp, host: host)
    }

    package var description: String { "\(self.transport.rawValue):\(self.host)" }
}

/// A secret that stands elsewhere than in the configuration: in a file, or in the environment.
package enum SecretReference: Hashable, Sendable {
    case file(String)
    case environment(String)
}

extension EmailAddress {
    /// An address as the configuration writes it, without quoting; `nil` when it has not both parts.
    static func parse(_ text: String) -> EmailAddress? {
        guard let at = text.lastIndex(of: "@"), at != text.startIndex else { return nil }
        let domain = text[text.index(after: at)...]
        guard !domain.isEmpty, !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { return nil }
        return EmailAddress(localPart: String(text[..<at]), domain: Domain(String(domain)))
    }
}

extension ConfigForm where Value == HostPort {
    static var hostPort: Self {
        .parsed("host and port, e.g. \"127.0.0.1:2525\" or \"[::1]:25\"", { HostPort($0) }, text: \.description)
    }
}

extension ConfigForm where Value == RouteTarget {
    static var route: Self {
        .parsed(
            "transport, host and port, e.g. \"smtp:relay.example.org:25\"",
            { RouteTarget($0) },
            text: \.description
        )
    }
}

extension ConfigForm where Value == Domain {
    static var domain: Self {
        .parsed(
            "a domain, e.g. \"example.org\"",
            { $0.isEmpty || $0.utf8.contains { $0 <= 0x20 || $0 == 0x40 || $0 == 0x7F } ? nil : Domain($0) },
            text: \.name
        )
    }
}

extension ConfigForm where Value == EmailAddress {
    static var address: Self {
        .parsed(
            "an address, e.g. \"alice@example.org\"",
            { EmailAddress.parse($0) },
            text: { "\($0.localPart)@\($0.domain.name)" }
        )
    }
}

extension ConfigForm where Value == SecretReference {
    static var secret: Self {
        let name = "reference to a secret: { file = \"/path\" } or { env = \"NAME\" }"
        return Self(name: name) { node throws(ConfigMismatch) in
            guard case .table(let entries) = node, entries.count == 1, let entry = entries.first,
                case .text(let value) = entry.value, !value.isEmpty
            else {
                throw ConfigMismatch(
                    "secrets do not stand in this file; write { file = \"/path\" } or { env = \"NAME\" }"
                )
            }
            switch entry.key {
            case "file": return .file(value)
            case "env": return .environment(value)
            default: throw ConfigMismatch("“\(entry.key)” is not known; it is file or env")
            }
        } write: { secret in
            switch secret {
            case .file(let path): "{ file = \(TOMLText.quote(path)) }"
            case .environment(let name): "{ env = \(TOMLText.quote(name)) }"
            }
        }
    }
}
