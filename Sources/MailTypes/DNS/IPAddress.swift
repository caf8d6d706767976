/// A host's address. One of IPv4 in IPv6 clothes (`::ffff:192.0.2.1`) is the IPv4 address. RFC 4291 §2.5.5.2.
package enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// - Parameter octets: 4 or 16, most significant first; `nil` for any other number.
    package init?(octets: some Collection<UInt8>) {
        switch octets.count {
        case 4: self = .v4(octets.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            let high = octets.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            self.init(high: high, low: octets.suffix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    private init(high: UInt64, low: UInt64) {
        self = high == 0 && low >> 32 == 0xFFFF ? .v4(UInt32(truncatingIfNeeded: low)) : .v6(high: high, low: low)
    }

    /// - Parameter text: `192.0.2.1` or `2001:db8::1`, without brackets, zone or prefix length.
    package init?(_ text: some StringProtocol) {
        self.init(text: Array(text.utf8)[...])
    }

    /// - Parameter text: the same in ASCII.
    package init?(text: ArraySlice<UInt8>) {
        guard text.count <= 45 else { return nil }
        if let address = Self.readV4(text) {
            self = .v4(address)
        } else if let groups = Self.readV6(text) {
            let high = groups[0..<4].reduce(0 as UInt64) { $0 << 16 | UInt64($1) }
            self.init(high: high, low: groups[4..<8].reduce(0 as UInt64) { $0 << 16 | UInt64($1) })
        } else {
            return nil
        }
    }

    package var isIPv4: Bool {
        if case .v4 = self { true } else { false }
    }

    /// 4 or 16, most significant first.
    package var octets: [UInt8] {
        switch self {
        case .v4(let address): (0..<4).map { UInt8(truncatingIfNeeded: address >> UInt32(24 - 8 * $0)) }
        case .v6(let high, let low):
            [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) } }
        }
    }

    /// The name that PTR records of this address stand under. RFC 1035 §3.5, RFC 3596 §2.5.
    package var reverseName: DNSName {
        let labels: [String] =
            switch self {
            case .v4: self.octets.reversed().map { String($0) } + ["in-addr"]
            case .v6:
                self.octets.reversed().flatMap { [String($0 & 15, radix: 16), String($0 >> 4, radix: 16)] } + ["ip6"]
            }
        return DNSName((labels + ["arpa"]).joined(separator: ".")) ?? .root
    }

    /// Whether the first `prefixLength` bits are those of `network`; never across the two kinds of address.
    package func isIn(_ network: Self, prefixLength: Int) -> Bool {
        switch (self, network) {
        case (.v4(let ours), .v4(let theirs)):
            prefixLength <= 0 || (ours ^ theirs) >> UInt32(max(0, 32 - prefixLength)) == 0
        case (.v6(let high, let low), .v6(let theirHigh, let theirLow)):
            (prefixLength <= 0 || (high ^ theirHigh) >> UInt64(max(0, 64 - prefixLength)) == 0)
                && (prefixLength <= 64 || (low ^ theirLow) >> UInt64(max(0, 128 - prefixLength)) == 0)
        default: false
        }
    }

    /// As RFC 5952 §4 writes it: lower case, the longest run of zeros shortened.
    package var description: String {
        guard case .v6 = self else { return self.octets.map { String($0) }.joined(separator: ".") }
        let octets = self.octets
        let groups = (0..<8).map { UInt16(octets[2 * $0]) << 8 | UInt16(octets[2 * $0 + 1]) }
        let zeros = Self.longestZeros(groups)
        func text(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        return zeros.count < 2
            ? text(0..<8) : "\(text(0..<zeros.lowerBound))::\(text(zeros.upperBound..<8))"
    }

    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        return longest
    }
}

extension IPAddress {
    /// Four decimal numbers of up to 255, without leading zeros.
    private static func readV4(_ text: ArraySlice<UInt8>) -> UInt32? {
        var address: UInt32 = 0
        var parts = 1
        var number: UInt32 = 0
        var digits = 0
        for byte in text {
            switch byte {
            case 0x30...0x39:
                guard digits == 0 || number > 0 else { return nil }
                number = number * 10 + UInt32(byte - 0x30)
                digits += 1
                guard number <= 255 else { return nil }
            case 0x2E:
                guard digits > 0, parts < 4 else { return nil }
                address = address << 8 | number
                parts += 1
                number = 0
                digits = 0
            default: return nil
            }
        }
        return digits > 0 && parts == 4 ? address << 8 | number : nil
    }

    /// Eight groups; `::` once for at least one of zeros; the last two may be an IPv4 address. RFC 4291 §2.2.
    private static func readV6(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        var parts = text.split(separator: 0x3A, omittingEmptySubsequences: false)
        guard (3...9).contains(parts.count) else { return nil }
        var tail: [UInt16] = []
        if let last = parts.last, last.contains(0x2E) {
            guard let address = Self.readV4(last) else { return nil }
            tail = [UInt16(address >> 16), UInt16(address & 0xFFFF)]
            parts.removeLast()
            // `::192.0.2.1` leaves two empty parts, of which the split made one too few.
            if parts.last?.isEmpty == true { parts.append([]) }
        }
        // An empty part at either end belongs to a `::` there.
        if parts.first?.isEmpty == true {
            guard parts.count > 1, parts[1].isEmpty else { return nil }
            parts.removeFirst()
        }
        if parts.last?.isEmpty == true, parts.count > 1 {
            guard parts[parts.count - 2].isEmpty else { return nil }
            parts.removeLast()
        }
        var before: [UInt16] = []
        var after: [UInt16]?
        for part in parts {
            if part.isEmpty {
                guard after == nil else { return nil }
                after = []
            } else {
                guard let group = Self.readGroup(part) else { return nil }
                if after == nil { before.append(group) } else { after?.append(group) }
            }
        }
        guard let after else {
            let groups = before + tail
            return groups.count == 8 ? groups : nil
        }
        let zeros = 8 - before.count - after.count - tail.count
        guard zeros >= 1 else { return nil }
        return before + [UInt16](repeating: 0, count: zeros) + after + tail
    }

    /// One to four hexadecimal digits.
    private static func readGroup(_ text: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(text.count) else { return nil }
        var group: UInt16 = 0
        for byte in text {
            switch byte {
            case 0x30...0x39: group = group << 4 | UInt16(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: group = group << 4 | UInt16((byte | 0x20) - 0x57)
            default: return nil
            }
        }
        return group
    }
}
