/// What we ourselves ask of signatures, beyond the standard.
package struct DKIMPolicy: Hashable, Sendable {
    /// RFC 8301 §3.1 wants it off; some sites still meet old senders.
    package var allowsSHA1: Bool
    /// Shortest RSA key that counts; never below 1,024. RFC 8301 §3.2.
    package var rsaBitsMin: Int
    /// Whether a signature with l= counts though the body has more than it signs: anything can be added there.
    /// RFC 6376 §8.2.
    package var allowsUnsignedBody: Bool

    package init(allowsSHA1: Bool = false, rsaBitsMin: Int = 1_024, allowsUnsignedBody: Bool = true) {
        self.allowsSHA1 = allowsSHA1
        self.rsaBitsMin = rsaBitsMin
        self.allowsUnsignedBody = allowsUnsignedBody
    }
}
