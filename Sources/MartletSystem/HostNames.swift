internal import MailTypes
internal import MartletConfig
internal import NIOCore

/// What this host is called, besides the domains it has mail for.
extension MartletConfig {
    /// Its name, and the addresses at which it takes mail from others as literals (RFC 5321 §4.1.3): those that are
    /// configured, and those of all interfaces where it listens on every one.
    var hostNames: Set<Domain> {
        var names: Set = [Domain(self.server.hostname)]
        var listensEverywhere = false
        for listening in self.listen.smtp {
            if listening.host == "*" { listensEverywhere = true }
            guard let address = try? SocketAddress(ipAddress: listening.host, port: listening.port) else { continue }
            if let text = address.ipAddress, text != "0.0.0.0", text != "::" {
                names.insert(Self.literal(of: address, text))
            } else {
                listensEverywhere = true
            }
        }
        guard listensEverywhere else { return names }
        // Interfaces that cannot be listed have no literals; the name is what counts.
        for address in ((try? System.enumerateDevices()) ?? []).compactMap(\.address) {
            if let text = address.ipAddress { names.insert(Self.literal(of: address, text)) }
        }
        return names
    }

    /// `[192.0.2.1]` or `[IPv6:2001:db8::1]`. A zone is no part of it.
    private static func literal(of address: SocketAddress, _ text: String) -> Domain {
        let text = text.prefix { $0 != "%" }
        return Domain(address.protocol == .inet6 ? "[IPv6:\(text)]" : "[\(text)]")
    }
}
