/// subaddress (RFC 5233), whole: `:user` and `:detail` beside the base language's address parts.
///
/// Limits: none of its own; the separator is the site's (``SieveSettings/detailSeparators``).
extension SieveAddress {
    /// The part of the address that a test asks for.
    ///
    /// - Returns: `nil` where the address has no such part, which matches nothing.
    func value(of part: AddressPart, separators: @autoclosure () -> String) -> [UInt8]? {
        switch part {
        case .all: return self.all
        case .localPart: return self.localPart
        case .domain: return self.domain
        case .user:
            guard let local = self.localPart else { return nil }
            return Self.place(of: separators(), in: local).map { Array(local[..<$0]) } ?? local
        case .detail:
            guard let local = self.localPart, let place = Self.place(of: separators(), in: local) else { return nil }
            return Array(local[(place + 1)...])
        }
    }

    private static func place(of separators: String, in local: [UInt8]) -> Int? {
        local.firstIndex { separators.utf8.contains($0) }
    }
}
