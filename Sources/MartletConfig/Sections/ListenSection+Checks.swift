/// Addresses that cannot be, or should not be, listened on.
extension ListenSection {
    private var all: [(key: String, addresses: [HostPort])] {
        [
            ("smtp", self.smtp), ("submission", self.submission), ("submissions", self.submissions),
            ("lmtp", self.lmtp), ("imap", self.imap), ("imaps", self.imaps), ("pop3", self.pop3),
            ("pop3s", self.pop3s), ("managesieve", self.managesieve),
        ]
    }

    /// Each address that one before it keeps from being listened on.
    var clashes: [(key: String, message: String)] {
        var taken: [(key: String, address: HostPort)] = []
        var clashes: [(key: String, message: String)] = []
        for (key, addresses) in self.all {
            for address in addresses {
                if let other = taken.first(where: { $0.address.excludes(address) }) {
                    let message = Self.message(address, other.address, of: other.key, isOwn: other.key == key)
                    clashes.append(("listen.\(key)", message))
                }
                taken.append((key, address))
            }
        }
        return clashes
    }

    private static func message(_ address: HostPort, _ other: HostPort, of key: String, isOwn: Bool) -> String {
        if address == other { return isOwn ? "\(address) is there twice" : "\(address) is listen.\(key)'s already" }
        return "\(address) cannot be had beside \(other)\(isOwn ? "" : " of listen.\(key)")"
    }

    /// Those of LMTP's addresses at which everybody may reach it whom no firewall keeps out.
    var openLMTP: [HostPort] { self.lmtp.filter(\.isOpen) }
}

extension HostPort {
    /// Which addresses of this machine it stands for.
    private enum Reach: Equatable {
        case everything
        /// All IPv4 or all IPv6 addresses, told by their octets.
        case family(Int)
        case address([UInt8])
        case name(String)
    }

    private var reach: Reach {
        if self.host == "*" { return .everything }
        guard let octets = IPNetwork(self.host)?.octets else { return .name(self.host.lowercased()) }
        return octets.allSatisfy { $0 == 0 } ? .family(octets.count) : .address(octets)
    }

    /// Whether the other cannot be listened on as well. `[::]` leaves IPv4 to who lists an address of that.
    fileprivate func excludes(_ other: HostPort) -> Bool {
        guard self.port == other.port, self.port != 0 else { return false }
        switch (self.reach, other.reach) {
        case (.everything, _), (_, .everything): return true
        case (.family(let octets), .address(let address)), (.address(let address), .family(let octets)):
            return octets == address.count
        case (let one, let two): return one == two
        }
    }

    private static let inner = [
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "::1",
        "fc00::/7", "fe80::/10",
    ].compactMap { IPNetwork($0) }

    /// It stands for an address of the Internet, or for all that this machine has. What a name stands for is not known.
    fileprivate var isOpen: Bool {
        switch self.reach {
        case .everything, .family: true
        case .address(let octets): !Self.inner.contains { $0.contains(octets) }
        case .name: false
        }
    }
}

extension MartletConfig {
    /// What can be served with, and is perhaps not meant.
    package var warnings: [String] {
        self.listen.openLMTP.map { address in
            "listen.lmtp: \(address) can be reached by others than a relay of this site's. LMTP asks for no login, and "
                + "what comes by it is not checked: listen on an inner address, or have a firewall keep others out"
        }
    }
}
