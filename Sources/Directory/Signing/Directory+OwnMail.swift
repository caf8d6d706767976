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

    /// The ARC set to stand before a message of others that is handed on; empty when there is nothing to add, or no RSA
    /// key, which is the only kind that all readers of seals know.
    ///
    /// - Parameters:
    ///   - message: as it is handed on.
    ///   - original: as it was kept after our check.
    ///   - host: who checked it.
    ///   - sealer: whose key seals, or that of the nearest domain above that has any.
    package func seal(
        handingOn message: Span<UInt8>,
        keptAs original: Span<UInt8>,
        host: String,
        sealer: Domain
    ) throws(DKIMKeyError) -> [UInt8] {
        guard let signer = self.signers(nearest: sealer).first(where: { $0.key.algorithm == .rsaSHA256 }) else {
            return []
        }
        let sealer = ARCSealer(signer)
        return try sealer.fields(handingOn: message, keptAs: original, host: host, now: self.clock.now) ?? []
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
