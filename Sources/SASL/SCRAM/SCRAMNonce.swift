/// A random word that makes an exchange unlike any before it. RFC 5802 §5.1.
///
///     printable = %x21-2B / %x2D-7E    ; all printable characters but the comma
package struct SCRAMNonce: Hashable, Sendable {
    let text: String

    /// A nonce given in a standard's example. Only for tests and vectors; a live exchange draws its own.
    package init(verbatim text: String) {
        self.text = text
    }

    package init() {
        var generator = SystemRandomNumberGenerator()
        self.init(using: &generator)
    }

    /// 24 characters of 6 bits each.
    package init(using generator: inout some RandomNumberGenerator) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = (0..<24).map { _ in alphabet[Int(generator.next() & 63)] }
        self.text = String(decoding: bytes, as: UTF8.self)
    }
}
