/// A mail domain or address literal, lower-cased, as it stands on the wire: `example.org`, `[192.0.2.1]`.
package struct Domain: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let name: String

    /// - Parameter name: already checked against the grammar by whoever read it; only its case is folded here.
    package init(_ name: String) {
        self.name = name.utf8.contains { $0 >= 0x41 && $0 <= 0x5A || $0 >= 0x80 } ? name.lowercased() : name
    }

    package var description: String { self.name }

    /// Whether this is an address literal such as `[192.0.2.1]`, which no directory lists.
    package var isAddressLiteral: Bool { self.name.utf8.first == UInt8(ascii: "[") }

    package static func < (left: Self, right: Self) -> Bool { left.name < right.name }
}

/// A mailbox's address: `local-part@domain`, the local part unquoted and in the sender's case. RFC 5321 §4.1.2.
package struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    package let localPart: String
    package let domain: Domain

    package init(localPart: String, domain: Domain) {
        self.localPart = localPart
        self.domain = domain
    }

    /// The address as SMTP writes it between angle brackets; the local part is quoted where its characters ask for it.
    package var description: String {
        var text = self.quotedLocalPart
        text.reserveCapacity(text.utf8.count + 1 + self.domain.name.utf8.count)
        text += "@"
        text += self.domain.name
        return text
    }

    private var quotedLocalPart: String {
        if self.isDotString { return self.localPart }
        var quoted = "\""
        // By scalar: a quote and a mark joined to it are one `Character`, which would not be seen to be a quote.
        for scalar in self.localPart.unicodeScalars {
            if scalar == "\\" || scalar == "\"" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// `Dot-string = Atom *("." Atom)`
    private var isDotString: Bool {
        var previous: UInt8 = 0x2E
        for byte in self.localPart.utf8 {
            guard byte == 0x2E ? previous != 0x2E : Self.isAtomByte(byte) else { return false }
            previous = byte
        }
        return previous != 0x2E
    }

    /// `atext` of RFC 5322 §3.2.3, and any byte of UTF-8 beyond ASCII (RFC 6532 §3.2).
    private static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: true
        default: false
        }
    }
}
