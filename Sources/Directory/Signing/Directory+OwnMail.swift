package import MailTypes
package import SenderAuth

/// Signing what this server writes itself.
extension Directory {
    /// The DKIM-Signature fields to stand before a message that was written here, in the name of an address at
    /// `author`; empty when there is no key.
    ///
    /// The keys are the domain's own, or those of the nearest domain above it that has any: a host's notices are
    /// signed for its domain, which a reader takes for the same organization. RFC 7489 §3.1.1.
    ///
    /// To be asked only about mail that nobody else has had a hand in. Takes a millisecond for each RSA key.
    package func signatures(ofOwn message: Span<UInt8>, author: Domain) throws(DKIMKeyError) -> [UInt8] {
        let now = self.clock.now
        var fields: [UInt8] = []
        for signer in self.signers(nearest: author) {
            fields += try DKIMSigner(signer).field(message: message, now: now)
        }
        return fields
    }

    /// The keys of a domain, or of the nearest above it that has any. A name of one label is never asked about.
    func signers(nearest domain: Domain) -> [DKIMSigningOptions] {
        guard !domain.isAddressLiteral else { return [] }
        var name = domain.name[...]
        while name.contains(".") {
            let signers = self.signers(for: Domain(String(name)))
            if !signers.isEmpty { return signers }
            name = name.drop { $0 != "." }.dropFirst()
        }
        return []
    }
}
