internal import MailTypes

/// Reads the data of one record from its octets, names in it uncompressed; `nil` for what is not well-formed.
enum RecordReader {
    static func read(_ type: DNSRecordType, _ octets: [UInt8]) -> DNSRecord? {
        switch type {
        case .a: octets.count == 4 ? IPAddress(octets: octets).map { .address($0) } : nil
        case .aaaa: octets.count == 16 ? IPAddress(octets: octets).map { .address($0) } : nil
        case .cname: self.name(octets[...]).map { .cname($0) }
        case .ptr: self.name(octets[...]).map { .ptr($0) }
        case .mx: self.exchange(octets)
        case .txt: self.text(octets).map { .txt($0) }
        case .tlsa: self.association(octets)
        }
    }

    /// Labels with their lengths in front, an empty one last. A label with a sign that a name cannot hold as text (a
    /// dot among them) makes it unreadable: no such name is anybody's host. RFC 1035 §3.1.
    static func name(_ octets: ArraySlice<UInt8>) -> DNSName? {
        var rest = octets
        var text: [UInt8] = []
        while let length = rest.popFirst() {
            if length == 0 {
                guard rest.isEmpty else { return nil }
                return text.isEmpty ? .root : DNSName(String(decoding: text.dropLast(), as: UTF8.self))
            }
            guard length <= 63, rest.count >= Int(length) else { return nil }
            let label = rest.prefix(Int(length))
            guard label.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2E && $0 != 0x5C }) else { return nil }
            text += label
            text.append(0x2E)
            rest = rest.dropFirst(Int(length))
        }
        return nil
    }

    /// RFC 1035 §3.3.9.
    private static func exchange(_ octets: [UInt8]) -> DNSRecord? {
        guard octets.count > 2, let exchange = self.name(octets[2...]) else { return nil }
        return .mx(preference: UInt16(octets[0]) << 8 | UInt16(octets[1]), exchange: exchange)
    }

    /// One string or more, each with its length in front. RFC 1035 §3.3.14.
    private static func text(_ octets: [UInt8]) -> [UInt8]? {
        var rest = octets[...]
        guard !rest.isEmpty else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(octets.count)
        while let length = rest.popFirst() {
            guard rest.count >= Int(length) else { return nil }
            text += rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
        }
        return text
    }

    /// RFC 6698 §2.1.
    private static func association(_ octets: [UInt8]) -> DNSRecord? {
        guard octets.count > 3 else { return nil }
        return .tlsa(usage: octets[0], selector: octets[1], matching: octets[2], data: Array(octets[3...]))
    }
}
