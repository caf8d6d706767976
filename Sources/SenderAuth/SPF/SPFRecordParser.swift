internal import MailBytes
internal import MailTypes

/// What is wrong with a policy: a constant text and where.
struct SPFSyntaxError: Error, Hashable {
    var expectation: String
    /// The term, counted from 1.
    var term: Int
}

/// Reads SPF records. RFC 7208 §12.
enum SPFRecordParser {
    /// Whether a TXT record is an SPF policy at all: `v=spf1` and then a space or nothing. RFC 7208 §4.5.
    static func isPolicy(_ record: [UInt8]) -> Bool {
        let version = "v=spf1".utf8
        guard record.count >= version.count, zip(record, version).allSatisfy({ ASCII.lowercased($0) == $1 }) else {
            return false
        }
        return record.count == version.count || record[version.count] == ASCII.space
    }

    /// - Parameter octets: a record that `isPolicy` accepts.
    static func parse(_ octets: [UInt8]) throws(SPFSyntaxError) -> SPFRecord {
        guard octets.count <= SenderAuthLimits.recordOctetsMax else {
            throw SPFSyntaxError(expectation: "a shorter record", term: 0)
        }
        var record = SPFRecord(octets: octets)
        var number = 0
        for term in octets.dropFirst("v=spf1".utf8.count).split(separator: ASCII.space) {
            number += 1
            do throws(SPFTermError) {
                guard number <= SenderAuthLimits.spfTermsMax else { throw .expected("fewer terms") }
                guard term.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .expected("visible ASCII characters") }
                try self.read(term, into: &record)
            } catch {
                throw SPFSyntaxError(expectation: error.expectation, term: number)
            }
        }
        return record
    }

    /// A modifier has a name and an equals sign; anything else is a directive.
    ///
    ///     modifier = redirect / explanation / unknown-modifier
    ///     name     = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
    private static func read(_ term: ArraySlice<UInt8>, into record: inout SPFRecord) throws(SPFTermError) {
        let name = term.prefix { ASCII.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }
        guard let first = name.first, ASCII.isLetter(first), name.endIndex < term.endIndex, term[name.endIndex] == 0x3D
        else {
            record.directives.append(try self.directive(term))
            return
        }
        let value = term[(name.endIndex + 1)...]
        switch self.lowercased(name) {
        case "redirect":
            guard record.redirect == nil else { throw .expected("one redirect") }
            record.redirect = try self.domainSpec(value)
        case "exp":
            guard record.explanation == nil else { throw .expected("one exp") }
            record.explanation = try self.domainSpec(value)
        default:
            _ = try SPFMacroString(value)
        }
    }

    /// What is longer than any known word stands for itself.
    private static func lowercased(_ name: ArraySlice<UInt8>) -> String {
        String(decoding: name.lazy.map(ASCII.lowercased), as: UTF8.self)
    }

    ///     directive = [ qualifier ] mechanism
    private static func directive(_ term: ArraySlice<UInt8>) throws(SPFTermError) -> SPFDirective {
        var rest = term
        var qualifier = SPFQualifier.pass
        if let first = term.first.flatMap(SPFQualifier.init(rawValue:)) {
            qualifier = first
            rest = rest.dropFirst()
        }
        return SPFDirective(
            qualifier: qualifier,
            mechanism: try self.mechanism(rest),
            range: term.startIndex..<term.endIndex
        )
    }

    private static func mechanism(_ text: ArraySlice<UInt8>) throws(SPFTermError) -> SPFMechanism {
        let name = text.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
        let rest = text[name.endIndex...]
        switch self.lowercased(name) {
        case "all":
            guard rest.isEmpty else { throw .expected("nothing behind all") }
            return .all
        case "include": return .include(try self.requiredDomain(rest))
        case "exists": return .exists(try self.requiredDomain(rest))
        case "a":
            let (domain, lengths) = try self.domainAndLengths(rest)
            return .a(domain, lengths)
        case "mx":
            let (domain, lengths) = try self.domainAndLengths(rest)
            return .mx(domain, lengths)
        case "ptr":
            return .ptr(rest.isEmpty ? nil : try self.requiredDomain(rest))
        case "ip4": return try self.network(rest, isIPv4: true)
        case "ip6": return try self.network(rest, isIPv4: false)
        default: throw .expected("a known mechanism")
        }
    }

    private static func requiredDomain(_ text: ArraySlice<UInt8>) throws(SPFTermError) -> SPFMacroString {
        guard text.first == UInt8(ascii: ":") else { throw .expected("a domain") }
        return try self.domainSpec(text.dropFirst())
    }

    ///     A = "a" [ ":" domain-spec ] [ dual-cidr-length ]
    private static func domainAndLengths(
        _ text: ArraySlice<UInt8>
    ) throws(SPFTermError) -> (SPFMacroString?, SPFPrefixLengths) {
        let (domain, lengths) = try self.splitLengths(text)
        guard !domain.isEmpty else { return (nil, lengths) }
        return (try self.requiredDomain(domain), lengths)
    }

    ///     dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]
    ///
    /// A domain may hold slashes itself, so the lengths are what stands in their form at the very end.
    private static func splitLengths(
        _ text: ArraySlice<UInt8>
    ) throws(SPFTermError) -> (ArraySlice<UInt8>, SPFPrefixLengths) {
        var lengths = SPFPrefixLengths()
        var rest = text
        if let (before, digits) = self.splitNumber(rest) {
            rest = before
            if before.last == self.slash {
                lengths.v6 = try self.length(digits, upTo: 128)
                rest = before.dropLast()
                if let (before, digits) = self.splitNumber(rest), before.last != self.slash {
                    lengths.v4 = try self.length(digits, upTo: 32)
                    rest = before
                }
            } else {
                lengths.v4 = try self.length(digits, upTo: 32)
            }
        }
        if rest.last == self.slash { throw .expected("a prefix length") }
        return (rest, lengths)
    }

    private static let slash = UInt8(ascii: "/")

    /// `…/24` as `…` and `24`.
    private static func splitNumber(_ text: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        var start = text.endIndex
        while start > text.startIndex, ASCII.isDigit(text[start - 1]) { start -= 1 }
        guard start < text.endIndex, start > text.startIndex, text[start - 1] == self.slash else { return nil }
        return (text[..<(start - 1)], text[start...])
    }

    private static func length(_ digits: ArraySlice<UInt8>, upTo bitsMax: Int) throws(SPFTermError) -> Int {
        let number = digits.reduce(0) { min(1_000, $0 * 10 + Int($1) - 0x30) }
        let hasLeadingZero = digits.count > 1 && digits.first == 0x30
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit), !hasLeadingZero, number <= bitsMax else {
            throw .expected("a prefix length")
        }
        return number
    }

    ///     IP4 = "ip4" ":" ip4-network [ ip4-cidr-length ]
    private static func network(_ text: ArraySlice<UInt8>, isIPv4: Bool) throws(SPFTermError) -> SPFMechanism {
        guard text.first == UInt8(ascii: ":") else { throw .expected("a network") }
        let end = text.firstIndex(of: self.slash) ?? text.endIndex
        let host = text[(text.startIndex + 1)..<end]
        guard host.contains(UInt8(ascii: ":")) != isIPv4, let address = IPAddress(text: host) else {
            throw .expected("a network")
        }
        let length = end < text.endIndex ? try self.length(text[(end + 1)...], upTo: isIPv4 ? 32 : 128) : nil
        // IPv4 addresses in IPv6 clothes are networks that no client is in, as those count as IPv4.
        if !isIPv4, case .v4(let bits) = address {
            return .network(.v6(high: 0, low: 0xFFFF_0000_0000 | UInt64(bits)), prefixLength: length ?? 128)
        }
        return .network(address, prefixLength: length ?? (isIPv4 ? 32 : 128))
    }

    ///     domain-spec = macro-string domain-end
    ///     domain-end  = ( "." toplabel [ "." ] ) / macro-expand
    ///     toplabel    = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
    private static func domainSpec(_ text: ArraySlice<UInt8>) throws(SPFTermError) -> SPFMacroString {
        let spec = try SPFMacroString(text)
        guard case .literal(let last) = spec.parts.last else {
            guard !spec.parts.isEmpty else { throw .expected("a domain") }
            return spec
        }
        var name = last.utf8[...]
        if name.last == ASCII.dot { name = name.dropLast() }
        guard let dot = name.lastIndex(of: ASCII.dot) else { throw .expected("a domain of two labels") }
        let label = name[name.index(after: dot)...]
        guard let first = label.first, let end = label.last, first != 0x2D, end != 0x2D,
            label.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 0x2D }), !label.allSatisfy(ASCII.isDigit)
        else { throw .expected("a top label") }
        return spec
    }
}

/// What a single term should have had.
struct SPFTermError: Error {
    var expectation: String

    static func expected(_ expectation: String) -> Self { Self(expectation: expectation) }
}
