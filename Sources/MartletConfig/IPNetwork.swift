internal import Glibc

/// A range of addresses: `127.0.0.0/8`, `2001:db8::/32`, or one address alone.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// Four octets, or sixteen for IPv6; those behind the prefix are zero.
    package let octets: [UInt8]
    /// How many leading bits an address must share.
    package let prefixLength: Int

    /// `nil` for anything but an address with or without a prefix length.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let octets = Self.octets(of: String(parts[0])) else { return nil }
        let bits = octets.count * 8
        guard let length = parts.count == 2 ? Int(parts[1]) : bits, (0...bits).contains(length) else { return nil }
        self.octets = octets.enumerated().map { position, octet in octet & Self.mask(position, length) }
        self.prefixLength = length
    }

    /// Whether an address of four or sixteen octets is in the range. An IPv4 address in IPv6 clothes counts as IPv4.
    package func contains(_ address: [UInt8]) -> Bool {
        let address = Self.withoutMapping(address)
        guard address.count == self.octets.count else { return false }
        return address.enumerated().allSatisfy { position, octet in
            octet & Self.mask(position, self.prefixLength) == self.octets[position]
        }
    }

    /// Whether an address as text, such as `192.0.2.1` or `::1`, is in the range.
    package func contains(_ address: String) -> Bool {
        Self.octets(of: address).map { self.contains($0) } ?? false
    }

    package var description: String { "\(Self.text(of: self.octets))/\(self.prefixLength)" }

    private static func mask(_ position: Int, _ length: Int) -> UInt8 {
        let bits = min(8, max(0, length - position * 8))
        return bits == 0 ? 0 : 0xFF << UInt8(8 - bits)
    }

    private static let mappedPrefix: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    private static func withoutMapping(_ address: [UInt8]) -> [UInt8] {
        address.count == 16 && address.starts(with: self.mappedPrefix) ? Array(address.suffix(4)) : address
    }

    private static func octets(of text: String) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &octets) == 1 { return Array(octets.prefix(4)) }
        return unsafe inet_pton(AF_INET6, text, &octets) == 1 ? octets : nil
    }

    private static func text(of octets: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = octets.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, octets, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension ConfigForm where Value == IPNetwork {
    static var network: Self {
        .parsed("a network, e.g. \"192.0.2.0/24\" or \"::1\"", { IPNetwork($0) }, text: \.description)
    }
}
