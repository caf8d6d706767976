package import MailTypes
internal import SenderAuth

/// Signs a message with a key that was named.
package struct DKIMSigning: Sendable {
    package var domain: String
    package var selector: String
    /// A private key in PEM form.
    package var key: Secret
    package var canonicalization = MessageCanonicalization.relaxed

    package init(domain: String, selector: String, key: Secret) {
        self.domain = domain
        self.selector = selector
        self.key = key
    }

    /// Octets of a private key's file.
    package static let keyOctetsMax = 64 << 10

    /// The DKIM-Signature field, its last CRLF included.
    ///
    /// - Parameter message: lines ending in CRLF.
    package func field(for message: [UInt8], now: Instant) throws(OperationError) -> [UInt8] {
        var options = try self.options()
        options.headerForm = self.canonicalization.header
        options.bodyForm = self.canonicalization.body
        do throws(DKIMKeyError) {
            return try DKIMSigner(options).field(message: message.span, now: now)
        } catch {
            throw OperationError("the message cannot be signed: \(error)")
        }
    }

    /// Who signs, with the usual choices.
    func options() throws(OperationError) -> DKIMSigningOptions {
        DKIMSigningOptions(
            domain: try Self.name(self.domain, "domain"),
            selector: try Self.name(self.selector, "selector"),
            key: try self.privateKey()
        )
    }

    private func privateKey() throws(OperationError) -> DKIMPrivateKey {
        do throws(DKIMKeyError) {
            return try DKIMPrivateKey(pem: String(decoding: self.key.bytes, as: UTF8.self))
        } catch {
            throw OperationError("the key cannot be used: \(error). Give an RSA or Ed25519 private key in PEM form")
        }
    }

    private static func name(_ text: String, _ what: String) throws(OperationError) -> DNSName {
        guard let name = DNSName(international: text), name != .root else {
            throw OperationError("'\(text)' is no \(what): it cannot stand in the DNS")
        }
        return name
    }
}
