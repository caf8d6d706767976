/// A header field made readable, as far as a test asked for it.
final class HeaderFieldReading {
    /// Unfolded, trimmed and decoded.
    let text: [UInt8]
    /// The members of an address field; `nil` until they are asked for.
    var addresses: [SieveAddress]?

    init(_ text: [UInt8]) {
        self.text = text
    }
}
