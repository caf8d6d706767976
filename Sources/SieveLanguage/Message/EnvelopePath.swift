internal import MailBytes

/// An address as SMTP gives it, angle brackets and source routes included. RFC 5321 §4.1.2.
enum EnvelopePath {
    /// - Returns: `nil` when it is none; an address without domain, as some hosts name themselves, has an empty one.
    static func read(_ text: [UInt8]) -> SieveAddress? {
        var path = HeaderIndex.trimmed(text)[...]
        if path.first == UInt8(ascii: "<") {
            guard path.last == UInt8(ascii: ">"), path.count >= 2 else { return nil }
            path = path.dropFirst().dropLast()
        }
        if path.first == UInt8(ascii: "@") {
            guard let colon = path.firstIndex(of: UInt8(ascii: ":")), Self.isRoute(path[..<colon]) else { return nil }
            path = path[(colon + 1)...]
        }
        guard let (local, rest) = Self.localPart(path), !local.isEmpty else { return nil }
        if rest.isEmpty { return SieveAddress(localOnly: local) }
        let domain = Array(rest.dropFirst())
        guard rest.first == UInt8(ascii: "@"), Self.isDomain(domain) else { return nil }
        return SieveAddress(localPart: local, domain: domain)
    }

    ///     A-d-l     = At-domain *( "," At-domain )
    ///     At-domain = "@" Domain
    private static func isRoute(_ route: ArraySlice<UInt8>) -> Bool {
        route.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).allSatisfy { hop in
            hop.first == UInt8(ascii: "@") && Self.isDomain(Array(hop.dropFirst()))
        }
    }

    ///     Local-part = Dot-string / Quoted-string
    ///
    /// Dots may stand anywhere, as in addresses of some providers.
    private static func localPart(_ path: ArraySlice<UInt8>) -> (local: [UInt8], rest: ArraySlice<UInt8>)? {
        guard path.first == ASCII.quote else {
            let local = path.prefix { byte in
                ASCII.isAlphanumeric(byte) || byte >= 0x80 || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
            }
            return (Array(local), path[local.endIndex...])
        }
        var local: [UInt8] = []
        var index = path.startIndex + 1
        while index < path.endIndex {
            if path[index] == ASCII.quote { return (local, path[(index + 1)...]) }
            if path[index] == ASCII.backslash { index += 1 }
            guard index < path.endIndex else { return nil }
            local.append(path[index])
            index += 1
        }
        return nil
    }

    /// Names with underscores exist, whatever the standard says.
    static func isDomain(_ domain: [UInt8]) -> Bool {
        if domain.first == UInt8(ascii: "[") { return domain.last == UInt8(ascii: "]") && domain.count > 2 }
        let labels = domain.split(separator: ASCII.dot, omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            !label.isEmpty
                && label.allSatisfy { byte in
                    ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte >= 0x80
                }
        }
    }
}
