/// The kinds of records that mail asks the DNS for.
package enum DNSRecordType: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case a = "A"
    case aaaa = "AAAA"
    case cname = "CNAME"
    case mx = "MX"
    case ptr = "PTR"
    case tlsa = "TLSA"
    case txt = "TXT"

    /// Its number on the wire. RFC 1035 §3.2.2, RFC 3596 §2.1, RFC 6698 §7.1.
    package var number: UInt16 {
        switch self {
        case .a: 1
        case .cname: 5
        case .ptr: 12
        case .mx: 15
        case .txt: 16
        case .aaaa: 28
        case .tlsa: 52
        }
    }

    package var description: String { self.rawValue }
}

/// What is asked of the DNS.
package struct DNSQuestion: Hashable, Sendable, CustomStringConvertible {
    package var name: DNSName
    package var type: DNSRecordType

    package init(_ name: DNSName, _ type: DNSRecordType) {
        self.name = name
        self.type = type
    }

    package var description: String { "\(self.name) \(self.type)" }
}

/// One record of an answer.
package enum DNSRecord: Hashable, Sendable {
    /// A or AAAA.
    case address(IPAddress)
    case cname(DNSName)
    /// The lower the preference the sooner the host is tried; the root as host means that no mail is taken.
    case mx(preference: UInt16, exchange: DNSName)
    case ptr(DNSName)
    /// A certificate or key that the host's TLS must show. RFC 6698 §2.1.
    case tlsa(usage: UInt8, selector: UInt8, matching: UInt8, data: [UInt8])
    /// The record's strings put together without anything between them. RFC 7208 §3.3, RFC 6376 §3.6.2.2.
    case txt([UInt8])
}
