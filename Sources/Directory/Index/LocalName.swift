internal import MailTypes

/// Local parts as this directory compares them: without regard to case. RFC 5321 §2.4 leaves that to the receiver.
enum LocalName {
    /// Lower-cased; the same string when nothing is to be changed, which is the usual case and costs no copy.
    static func fold(_ localPart: String) -> String {
        let needsFolding = localPart.utf8.contains { $0 >= 0x41 && $0 <= 0x5A || $0 >= 0x80 }
        return needsFolding ? localPart.lowercased() : localPart
    }

    static func fold(_ address: EmailAddress) -> EmailAddress {
        EmailAddress(localPart: self.fold(address.localPart), domain: address.domain)
    }

    /// Splits `user+detail` at the first separator that is not its first octet; `nil` when there is none.
    static func split(_ localPart: String, at separators: [UInt8]) -> (user: String, detail: String)? {
        guard let separator = localPart.utf8.dropFirst().firstIndex(where: { separators.contains($0) }) else {
            return nil
        }
        let detail = localPart.utf8[localPart.utf8.index(after: separator)...]
        return (String(localPart[..<separator]), String(Substring(detail)))
    }

    /// Splits a login at its last `@`, so that odd local parts stay whole.
    static func split(login: String) -> (user: String, domain: Domain?) {
        guard let at = login.utf8.lastIndex(of: 0x40) else { return (login, nil) }
        return (String(login[..<at]), Domain(String(login[login.utf8.index(after: at)...])))
    }

    /// Whether an account or alias may have this name: a dot-string of RFC 5321 §4.1.2, UTF-8 allowed, at most 64
    /// octets, without any of `separators`, which would make sub-addresses ambiguous.
    static func isValid(_ localPart: String, separators: [UInt8]) -> Bool {
        let bytes = localPart.utf8
        guard (1...64).contains(bytes.count), bytes.first != 0x2E, bytes.last != 0x2E, !localPart.contains("..") else {
            return false
        }
        return bytes.allSatisfy { self.isNameByte($0) && !separators.contains($0) }
    }

    /// `atext` of RFC 5322 §3.2.3 and the dot.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2E, 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// Whether mail can be received for this domain: names of 1 to 63 letters, digits and hyphens, 253 octets in all;
    /// UTF-8 letters as in U-labels. RFC 5321 §4.1.2, RFC 6531 §3.3.
    static func isValid(_ domain: Domain) -> Bool {
        guard (1...253).contains(domain.name.utf8.count) else { return false }
        return domain.name.utf8.split(separator: 0x2E, omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
                && label.allSatisfy { byte in
                    switch byte {
                    case 0x2D, 0x30...0x39, 0x61...0x7A, 0x80...: true
                    default: false
                    }
                }
        }
    }
}
