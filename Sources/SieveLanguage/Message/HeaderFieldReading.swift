/// A header field made readable, and what was learnt of it since.
final class HeaderFieldReading {
    /// The members of an address field.
    struct Addresses {
        let list: [SieveAddress]
        /// Of all of them together, whole and in their parts.
        let pairs: OctetPairs

        init(_ list: [SieveAddress]) {
            self.list = list
            var pairs = OctetPairs()
            for address in list {
                pairs.insert(address.all)
                // An unquoted local part may have pairs that the quoted one has not.
                if let localPart = address.localPart { pairs.insert(localPart) }
            }
            self.pairs = pairs
        }
    }

    /// Unfolded, trimmed and decoded.
    let text: [UInt8]
    let pairs: OctetPairs
    /// `nil` until they are asked for.
    var addresses: Addresses?

    init(_ text: [UInt8]) {
        self.text = text
        self.pairs = OctetPairs(text)
    }
}
