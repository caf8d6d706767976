internal import MIME
internal import MailBytes
package import MailTypes

/// The domains that a message's From names: what DMARC is about. RFC 7489 §6.6.1.
///
/// Readers of mail differ on fields that break the grammar, like `ann@a.example <bob@b.example>`. Of such a field all
/// domains count that stand behind an `@`, so that whichever a reader shows has been judged.
package struct AuthorDomains: Hashable, Sendable {
    /// Each once, in order.
    package private(set) var domains: [DNSName] = []
    /// Whether a part of From names no domain, so that nobody can be said to stand behind the message.
    package private(set) var isBroken = false
    /// Whether there are more domains than are looked at.
    package private(set) var isCut = false

    init(_ fields: HeaderFields) {
        for index in fields.indices(of: "From") {
            let value = fields.rawValue(index)
            let addresses = AddressList.parse(value, in: fields.octets.span)
                .filter { !$0.isGroupStart && !$0.isGroupEnd }
            guard let marks = Self.domainStarts(in: fields.octets[value]) else {
                self.isBroken = true
                continue
            }
            if marks.count == addresses.count, !addresses.contains(where: \.isBroken) {
                for address in addresses { self.add(String(decoding: address.domain ?? [], as: UTF8.self)) }
            } else {
                if marks.isEmpty { self.isBroken = true }
                for start in marks { self.add(Self.word(from: start, in: fields.octets[value])) }
            }
        }
        if self.domains.isEmpty { self.isBroken = true }
    }

    private mutating func add(_ text: String) {
        guard let domain = DNSName(international: text), domain != .root else {
            self.isBroken = true
            return
        }
        guard !self.domains.contains(domain) else { return }
        if self.domains.count == SenderAuthLimits.authorDomainsMax {
            self.isCut = true
        } else {
            self.domains.append(domain)
        }
    }

    /// Behind each `@` that is neither quoted nor in a comment; `nil` when a quote or comment does not end.
    private static func domainStarts(in value: ArraySlice<UInt8>) -> [Int]? {
        var starts: [Int] = []
        var isQuoted = false
        var commentLevel = 0
        var index = value.startIndex
        while index < value.endIndex {
            switch value[index] {
            case ASCII.backslash where isQuoted || commentLevel > 0: index += 1
            case ASCII.quote where commentLevel == 0: isQuoted.toggle()
            case UInt8(ascii: "(") where !isQuoted: commentLevel += 1
            case UInt8(ascii: ")") where commentLevel > 0: commentLevel -= 1
            case UInt8(ascii: "@") where !isQuoted && commentLevel == 0: starts.append(index + 1)
            default: break
            }
            index += 1
        }
        return isQuoted || commentLevel > 0 ? nil : starts
    }

    /// What may belong to a domain, from there on.
    private static func word(from start: Int, in value: ArraySlice<UInt8>) -> String {
        let word = value[start...].drop(while: ASCII.isBlank).prefix { byte in
            ASCII.isAlphanumeric(byte) || byte >= 0x80 || byte == ASCII.dot || byte == 0x2D || byte == 0x5F
        }
        return String(decoding: word, as: UTF8.self)
    }
}
