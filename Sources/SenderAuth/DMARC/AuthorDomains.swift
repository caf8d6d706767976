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
        self.isCut = fields.hasUnseenAuthors
        let indices = fields.indices(of: "From")
        // Readers show the first or the last of several, a signature covers the last, and no message may have two.
        // RFC 5322 §3.6, RFC 6376 §8.15.
        self.isBroken = indices.count > 1
        for index in indices {
            let whole = fields.rawValue(index)
            let value = whole.prefix(SenderAuthLimits.authorOctetsMax)
            defer { if value.count < whole.count { self.isCut = true } }
            let addresses = AddressList.parse(value, in: fields.octets.span)
                .filter { !$0.isGroupStart && !$0.isGroupEnd }
            guard let marks = Self.domainStarts(in: fields.octets[value]) else {
                // Where a quote or comment was to end nobody knows, so each `@` may be what a reader goes by.
                self.isBroken = true
                for index in value where !self.isFull && fields.octets[index] == UInt8(ascii: "@") {
                    self.add(Self.word(from: index + 1, in: fields.octets[value]))
                }
                continue
            }
            let domains = addresses.map { DNSName(international: String(decoding: $0.domain ?? [], as: UTF8.self)) }
            if marks.count == addresses.count, !addresses.contains(where: \.isBroken), !domains.contains(nil) {
                for domain in domains { self.add(domain) }
            } else {
                if domains.contains(nil) { self.isBroken = true }
                if marks.isEmpty { self.isBroken = true }
                for start in marks where !self.isFull { self.add(Self.word(from: start, in: fields.octets[value])) }
            }
        }
        if self.domains.isEmpty { self.isBroken = true }
    }

    /// Nothing that comes can change anything.
    private var isFull: Bool { self.isCut && self.domains.count == SenderAuthLimits.authorDomainsMax }

    private mutating func add(_ domain: DNSName?) {
        guard let domain, domain != .root else {
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

    /// What may belong to a domain, from there on, without dots at its ends.
    private static func word(from start: Int, in value: ArraySlice<UInt8>) -> DNSName? {
        var word = value[start...].drop { ASCII.isBlank($0) || $0 == ASCII.dot }.prefix { byte in
            ASCII.isAlphanumeric(byte) || byte >= 0x80 || byte == ASCII.dot || byte == 0x2D || byte == 0x5F
        }
        while word.last == ASCII.dot { word.removeLast() }
        return DNSName(international: String(decoding: word, as: UTF8.self))
    }
}
