internal import Glibc
package import NIOCore

/// A peer's host without its port; an IPv4 address mapped into IPv6 is the IPv4 address. RFC 4291 §2.5.5.2.
package struct PeerHost: Hashable, Sendable {
    /// The address's octets, most significant first; an IPv4 address is in the lowest 32 bits of `low`.
    package let high: UInt64
    package let low: UInt64
    package let isIPv6: Bool
    /// Sockets that have no internet address, such as unix sockets.
    private let isLocalSocket: Bool

    package init(_ address: SocketAddress) {
        switch address {
        case .v4(let address):
            // `sin_addr` stands behind family and port.
            let octets = unsafe withUnsafeBytes(of: address.address) { unsafe [UInt8]($0[4..<8]) }
            self.init(high: 0, low: Self.number(octets[...]))
        case .v6(let address):
            // `sin6_addr` stands behind family, port and flow.
            let octets = unsafe withUnsafeBytes(of: address.address) { unsafe [UInt8]($0[8..<24]) }
            let high = Self.number(octets[0..<8])
            let low = Self.number(octets[8..<16])
            let isMapped = high == 0 && low >> 32 == 0xFFFF
            self.init(high: high, low: isMapped ? low & 0xFFFF_FFFF : low, isIPv6: !isMapped)
        case .unixDomainSocket:
            self.init(high: 0, low: 0, isLocalSocket: true)
        }
    }

    private init(high: UInt64, low: UInt64, isIPv6: Bool = false, isLocalSocket: Bool = false) {
        self.high = high
        self.low = low
        self.isIPv6 = isIPv6
        self.isLocalSocket = isLocalSocket
    }

    private static func number(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 127.0.0.0/8, `::1`, and sockets of this machine.
    package var isLoopback: Bool {
        if self.isLocalSocket { return true }
        return self.isIPv6 ? self.high == 0 && self.low == 1 : self.low >> 24 == 127
    }

    /// What connections of one peer are counted under: an IPv4 address, or an IPv6 network of 64 bits, of which one
    /// customer has at least one.
    package var countingKey: UInt64 { self.isIPv6 ? self.high : self.low }

    package var text: String {
        if self.isLocalSocket { return "" }
        if !self.isIPv6 {
            return "\(self.low >> 24).\(self.low >> 16 & 255).\(self.low >> 8 & 255).\(self.low & 255)"
        }
        let octets = [self.high, self.low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, octets, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
