internal import MIME
internal import MailBytes
package import MailTypes

/// Adds our word about a message's sender before we hand it on: one more ARC set. RFC 8617 §5.1.
///
/// Domain, selector, key and the names of signed fields are those of ``DKIMSigningOptions``; the form is always
/// relaxed.
package struct ARCSealer: Sendable {
    private let options: DKIMSigningOptions

    package init(_ options: DKIMSigningOptions) {
        self.options = options
    }

    package var bodyRequest: BodyHashRequest { BodyHashRequest(.relaxed, .sha256) }

    /// The three fields of the next set, to stand before the message as it is handed on.
    ///
    /// - Parameters:
    ///   - results: what we found of the sender.
    ///   - chain: what verifying the sets so far gave.
    /// - Returns: `nil` when the chain is at its end, or its state is not known now: then there is nothing to add.
    package func fields(
        header: Span<UInt8>,
        bodyHash: [UInt8],
        results: AuthenticationResults,
        chain: ARCResult,
        now: Instant
    ) throws(DKIMKeyError) -> [UInt8]? {
        let status: ARCChainStatus
        switch chain.verdict {
        case .none: status = .none
        case .pass: status = .pass
        case .fail: status = .fail
        default: return nil
        }
        guard chain.problem != .tooManySets else { return nil }
        let fields = HeaderFields(header)
        let instance = Self.instances(fields) + 1
        guard instance <= SenderAuthLimits.arcSetsMax, !Self.isEnded(fields) else { return nil }
        var resultsField = FoldedField("ARC-Authentication-Results")
        resultsField.add("i=\(instance);")
        let resultsOctets = results.write(resultsField).finish()
        let message = try self.messageSignature(instance, fields, bodyHash, now)
        let seal = try self.seal(instance, status, after: fields, newFields: resultsOctets + message, now)
        return seal + message + resultsOctets
    }

    /// Of a broken chain the highest number still counts. RFC 8617 §5.1.
    private static func instances(_ fields: HeaderFields) -> Int {
        ["ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"].flatMap { fields.indices(of: $0) }
            .compactMap { ARCChain.instance(fields.octets[fields.rawValue($0)]) }.max() ?? 0
    }

    /// Whether the newest seal says that the chain is broken: then nobody adds to it. RFC 8617 §5.1, step 2.
    private static func isEnded(_ fields: HeaderFields) -> Bool {
        let newest = Self.instances(fields)
        return fields.indices(of: "ARC-Seal").contains { index in
            let value = fields.rawValue(index)
            guard ARCChain.instance(fields.octets[value]) == newest else { return false }
            let tags = try? TagList(fieldAt: value, of: fields.octets)
            return tags?.text("cv")?.lowercased() == ARCChainStatus.fail.rawValue
        }
    }

    private func messageSignature(
        _ instance: Int,
        _ fields: HeaderFields,
        _ bodyHash: [UInt8],
        _ now: Instant
    ) throws(DKIMKeyError) -> [UInt8] {
        var names: [String] = []
        var seen: Set<String> = []
        for name in (self.options.signedNames + ["From", "DKIM-Signature"]).map({ $0.lowercased() })
        where !name.hasPrefix("arc-") && seen.insert(name).inserted {
            let count = fields.indices(of: name).count
            names += Array(repeating: name, count: min(count, max(0, SenderAuthLimits.signedNamesMax - names.count)))
        }
        if !names.contains("from") { names.append("from") }
        var text = FoldedField("ARC-Message-Signature")
        text.add("i=\(instance);")
        text.add("a=\(self.options.key.algorithm.rawValue);")
        text.add("c=relaxed/relaxed;")
        text.add("d=\(self.options.domain);")
        text.add("s=\(self.options.selector);")
        text.add("t=\(now.secondsSince1970);")
        text.addList("h=", names, separator: ":", end: ";")
        text.add("bh=\(Base64.encode(bodyHash));")
        text.add("b=")
        let signature = try DKIMSigner.sign(text, names, of: fields, form: .relaxed, key: self.options.key)
        text.addBlob(Base64.encode(signature))
        return text.finish()
    }

    /// Over all sets so far, unless the chain is broken: then over the new one alone. RFC 8617 §5.1.1, §5.1.2.
    private func seal(
        _ instance: Int,
        _ status: ARCChainStatus,
        after fields: HeaderFields,
        newFields: [UInt8],
        _ now: Instant
    ) throws(DKIMKeyError) -> [UInt8] {
        var text = FoldedField("ARC-Seal")
        text.add("i=\(instance);")
        text.add("a=\(self.options.key.algorithm.rawValue);")
        text.add("t=\(now.secondsSince1970);")
        text.add("cv=\(status.rawValue);")
        text.add("d=\(self.options.domain);")
        text.add("s=\(self.options.selector);")
        text.add("b=")
        var writer = SignedHeaderWriter(.relaxed)
        if status == .pass, let chain = try? ARCChain(fields) {
            for set in chain.sets {
                writer.write(set.results, of: fields)
                writer.write(set.messageSignature, of: fields)
                writer.write(set.seal, of: fields)
            }
        }
        let added = HeaderFields(newFields.span)
        writer.write(0, of: added)
        writer.write(1, of: added)
        writer.writeOwnSignature(text.octets)
        let signature = try self.options.key.signature(for: writer.octets)
        text.addBlob(Base64.encode(signature))
        return text.finish()
    }
}
