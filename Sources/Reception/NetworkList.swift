internal import Glibc
package import NIOCore

/// Networks in CIDR notation, such as those whose hosts may relay through us. RFC 4632 §3.1, RFC 4291 §2.3.
///
/// An IPv4 address that came in IPv6 clothes (`::ffff:192.0.2.1`) is the IPv4 address.
package struct NetworkList: Hashable, Sendable {
    private struct Network: Hashable {
        var octets: [UInt8]
        var bits: Int
    }

    private let networks: [Network]

    /// No network at all.
    package static let none = NetworkList(networks: [])

    private init(networks: [Network]) {
        self.networks = networks
    }

    /// - Parameter texts: `192.0.2.0/24`, `2001:db8::/32`, or an address alone.
    /// - Returns: `nil` when one of them is no network.
    package init?(_ texts: [String]) {
        var networks: [Network] = []
        for text in texts {
            guard let network = Self.network(text) else { return nil }
            networks.append(network)
        }
        self.init(networks: networks)
    }

    package func contains(_ address: SocketAddress) -> Bool {
        guard !self.networks.isEmpty, let octets = Self.octets(address) else { return false }
        return self.networks.contains { Self.matches($0, octets) }
    }

    private static func matches(_ network: Network, _ octets: [UInt8]) -> Bool {
        guard network.octets.count == octets.count else { return false }
        let whole = network.bits / 8
        for index in 0..<whole where network.octets[index] != octets[index] { return false }
        let rest = network.bits % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        return network.octets[whole] & mask == octets[whole] & mask
    }

    private static func network(_ text: String) -> Network? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let octets = Self.octets(String(first)) else { return nil }
        guard parts.count == 2 else { return Network(octets: octets, bits: octets.count * 8) }
        guard let bits = Int(parts[1]), bits >= 0, bits <= octets.count * 8 else { return nil }
        return Network(octets: octets, bits: bits)
    }

    private static func octets(_ text: String) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &octets) == 1 { return Array(octets[0..<4]) }
        return unsafe inet_pton(AF_INET6, text, &octets) == 1 ? octets : nil
    }

    private static func octets(_ address: SocketAddress) -> [UInt8]? {
        switch address {
        case .v4(let address):
            // `sin_addr` stands behind family and port.
            return unsafe withUnsafeBytes(of: address.address) { unsafe [UInt8]($0[4..<8]) }
        case .v6(let address):
            // `sin6_addr` stands behind family, port and flow.
            let octets = unsafe withUnsafeBytes(of: address.address) { unsafe [UInt8]($0[8..<24]) }
            let isMapped = octets[0..<10].allSatisfy { $0 == 0 } && octets[10] == 0xFF && octets[11] == 0xFF
            return isMapped ? Array(octets[12..<16]) : octets
        case .unixDomainSocket:
            return nil
        }
    }
}
