/// subaddress (RFC 5233), whole: `:user` and `:detail` beside the base language's address parts.
///
/// Limits: none of its own; the separator is the site's (``SieveSettings/detailSeparator``).
extension SieveAddress {
    /// The part of the address that a test asks for.
    ///
    /// - Returns: `nil` where the address has no such part, which matches nothing.
    func value(of part: AddressPart, separator: String) -> [UInt8]? {
        switch part {
        case .all: return self.all
        case .localPart: return self.localPart
        case .domain: return self.domain
        case .user:
            guard let local = self.localPart else { return nil }
            return Self.place(of: Array(separator.utf8), in: local).map { Array(local[..<$0]) } ?? local
        case .detail:
            let separator = Array(separator.utf8)
            guard let local = self.localPart, let place = Self.place(of: separator, in: local) else { return nil }
            return Array(local[(place + separator.count)...])
        }
    }

    private static func place(of separator: [UInt8], in local: [UInt8]) -> Int? {
        guard !separator.isEmpty, local.count >= separator.count else { return nil }
        return (0...(local.count - separator.count)).first { local[$0...].starts(with: separator) }
    }
}
