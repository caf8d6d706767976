/// Where a DNS server is asked: an address and a port.
package struct DNSServerAddress: Hashable, Sendable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16

    package init(_ address: IPAddress, port: UInt16 = 53) {
        self.address = address
        self.port = port
    }

    /// - Parameter text: `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`; a name is not taken, as
    ///   nobody could resolve it.
    package init?(_ text: some StringProtocol) {
        if let address = IPAddress(text) {
            self.init(address)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Self.readPort(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let address = IPAddress(host.dropFirst().dropLast()), !address.isIPv4 else { return nil }
            self.init(address, port: port)
        } else {
            guard let address = IPAddress(host), address.isIPv4 else { return nil }
            self.init(address, port: port)
        }
    }

    package var description: String {
        self.address.isIPv4 ? "\(self.address):\(self.port)" : "[\(self.address)]:\(self.port)"
    }

    /// 1 to 65535, digits only.
    private static func readPort(_ text: some StringProtocol) -> UInt16? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return UInt16(text).flatMap { $0 == 0 ? nil : $0 }
    }
}
