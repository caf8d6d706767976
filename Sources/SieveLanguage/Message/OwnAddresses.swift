/// The addresses that are a script's owner's: those at which he receives mail, and their sub-addresses. RFC 5230 §4.5,
/// RFC 5233 §1.
struct OwnAddresses {
    private let known: [[UInt8]]
    private let separators: String

    /// - Parameter more: what the script says of itself to be the owner's, and the like.
    init(_ run: SieveRun, more: [[UInt8]] = []) {
        let known = run.situation.ownerAddresses + [run.ownerAddress, run.situation.envelope.recipient]
        let texts = known.map { Array($0.utf8) } + more
        self.known = texts.filter { !$0.isEmpty }.map { ASCIIFold.folded(SieveAddress.single($0)?.all ?? $0) }
        self.separators = run.settings.detailSeparators
    }

    func contains(_ address: SieveAddress) -> Bool {
        if self.known.contains(ASCIIFold.folded(address.all)) { return true }
        guard let user = address.value(of: .user, separators: self.separators), !user.isEmpty,
            let domain = address.domain
        else { return false }
        return self.known.contains(ASCIIFold.folded(SieveAddress(localPart: user, domain: domain).all))
    }
}

extension SieveRun {
    /// Whether a message may be written in this name. RFC 5230 §4.4 and RFC 5435 §3.3 let a site say no.
    func mayWrite(as from: [UInt8]) -> Bool {
        guard self.settings.writesAsOwnerOnly, let address = SieveAddress.single(from) else { return true }
        if OwnAddresses(self).contains(address) { return true }
        self.note("':from' is none of the owner's addresses: the owner's own is used", isWarning: true)
        return false
    }
}
