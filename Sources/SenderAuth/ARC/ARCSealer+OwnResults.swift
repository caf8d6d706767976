internal import MIME
package import MailTypes

/// Sealing by what this host wrote down when it checked the message.
extension ARCSealer {
    /// The three fields of the next set, to stand before a message that is handed on.
    ///
    /// - Parameters:
    ///   - message: as it is handed on.
    ///   - original: as it was kept after our check: the first Authentication-Results of `host` is our word, so fields
    ///     that only claim to be must have been taken out before.
    /// - Returns: `nil` when there is nothing to add: the message was not checked, its chain is at its end or not known
    ///   to be whole now, or its sets were changed since.
    package func fields(
        handingOn message: Span<UInt8>,
        keptAs original: Span<UInt8>,
        host: String,
        now: Instant
    ) throws(DKIMKeyError) -> [UInt8]? {
        let kept = HeaderFields(original)
        guard let results = Self.results(of: host, in: kept),
            let found = results.results.first(where: { $0.method == "arc" }),
            let verdict = AuthVerdict(rawValue: found.result)
        else { return nil }
        let sets = Self.sets(kept)
        // Sets where there were none are our own, of an earlier time that it was handed on.
        guard sets == Self.sets(HeaderFields(message)), verdict != .none || sets.isEmpty else { return nil }
        var hasher = BodyHasher([self.bodyRequest])
        hasher.update(message.extracting(min(HeaderScanner.headerOctets(of: message), message.count)...))
        return try self.fields(
            header: message,
            bodyHash: hasher.finish()[self.bodyRequest]?.octets ?? [],
            results: results,
            chain: ARCResult(verdict: verdict),
            now: now
        )
    }

    private static func results(of host: String, in fields: HeaderFields) -> AuthenticationResults? {
        for index in fields.indices(of: "Authentication-Results") {
            let results = AuthenticationResults(fields.rawValue(index), in: fields.octets.span)
            if let results, results.host.lowercased() == host.lowercased() { return results }
        }
        return nil
    }

    private static func sets(_ fields: HeaderFields) -> [UInt8] {
        ["ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"].flatMap { fields.indices(of: $0) }
            .flatMap { fields.octets[fields.rawValue($0)] }
    }
}
