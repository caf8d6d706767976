package import MailTypes
package import SenderAuth
internal import Synchronization

/// Keys that sign the mail of domains.
extension Directory {
    /// With what mail of a domain is signed now: one key of each algorithm at most, and none when the domain has none.
    ///
    /// - Complexity: a lookup in memory.
    package func signers(for domain: Domain) -> [DKIMSigningOptions] {
        self.state.withLock { $0.index.signingKeys.keys(of: domain) }.filter { $0.state == .signing }.map(\.options)
    }

    /// All keys of a domain, or of all domains, by domain and then in the order in which they were made.
    package func signingKeys(of domain: Domain? = nil) -> [SigningKey] {
        let keys = self.snapshot.index.signingKeys
        return domain.map(keys.keys) ?? keys.all
    }

    /// Keeps a new key, which signs nothing before it is activated.
    ///
    /// - Parameter selector: one made from the day and the algorithm when it is `nil`.
    package func addSigningKey(
        _ key: DKIMPrivateKey,
        for domain: Domain,
        selector: DNSName? = nil
    ) async throws -> SigningKey {
        let now = self.clock.now
        return try await self.change { (index, _) throws(DirectoryError) in
            guard index.domains[domain] != nil else { throw .unknown(domain: domain) }
            let present = index.signingKeys.keys(of: domain)
            guard present.count < DirectoryLimits.signingKeysMax else { throw .tooManyKeys(of: domain) }
            let selector = selector ?? Self.newSelector(for: key, at: now, besides: present)
            guard !present.contains(where: { $0.selector == selector }) else {
                throw DirectoryError(
                    .exists,
                    "\(domain) has a key of selector \(selector) already",
                    advice: "Choose another selector; one that was used should not be used again."
                )
            }
            guard let signingDomain = DNSName(international: domain.name),
                signingDomain.prefixed(by: "\(selector)._domainkey") != nil
            else { throw .invalid(selector: selector, of: domain) }
            let signingKey = SigningKey(
                domain: domain,
                signingDomain: signingDomain,
                selector: selector,
                key: key,
                state: .published,
                created: now,
                since: now
            )
            return ([.putSigningKey(signingKey)], signingKey)
        }
    }

    /// Signs with a key from now on, and no more with the one of the same algorithm that did so far, which is retired.
    ///
    /// - Parameter selector: may be `nil` when one key only is published and waits.
    /// - Returns: the key, and the one it takes the place of.
    package func activateSigningKey(
        of domain: Domain,
        selector: DNSName? = nil
    ) async throws -> (active: SigningKey, retired: SigningKey?) {
        let now = self.clock.now
        return try await self.change { (index, _) throws(DirectoryError) in
            var key = try index.signingKey(of: domain, selector, in: .published)
            guard key.state != .signing else {
                throw DirectoryError(
                    .exists,
                    "\(key.selector) signs for \(domain) already",
                    advice: "See `martlet dkim key list \(domain)`."
                )
            }
            key.state = .signing
            key.since = now
            var old = index.signingKeys.keys(of: domain).first {
                $0.state == .signing && $0.key.algorithm == key.key.algorithm
            }
            old?.state = .retired
            old?.since = now
            return ([old, key].compactMap { $0 }.map(Change.putSigningKey), (key, old))
        }
    }

    /// Signs no more with a key; its record must stay in the DNS as long as mail signed with it may be on its way.
    ///
    /// - Parameter selector: may be `nil` when one key only signs.
    package func retireSigningKey(of domain: Domain, selector: DNSName? = nil) async throws -> SigningKey {
        let now = self.clock.now
        return try await self.change { (index, _) throws(DirectoryError) in
            var key = try index.signingKey(of: domain, selector, in: .signing)
            guard key.state != .retired else { return ([], key) }
            key.state = .retired
            key.since = now
            return ([.putSigningKey(key)], key)
        }
    }

    /// Forgets a key for good. Refused as long as it signs.
    package func removeSigningKey(of domain: Domain, selector: DNSName) async throws -> SigningKey {
        try await self.change { (index, _) throws(DirectoryError) in
            let key = try index.signingKey(of: domain, selector, in: .retired)
            guard key.state != .signing else {
                throw DirectoryError(
                    .inUse,
                    "\(selector) signs for \(domain)",
                    advice: "Retire it first: martlet dkim key retire \(domain) \(selector)"
                )
            }
            return ([.deleteSigningKey(key.selector, of: domain)], key)
        }
    }

    /// `r20260714`, or `e20260714` for Ed25519; with a number behind it when there is one of that name.
    private static func newSelector(
        for key: DKIMPrivateKey,
        at now: Instant,
        besides present: [SigningKey]
    ) -> DNSName {
        let day = CivilTime(secondsSince1970: now.secondsSince1970).timestamp.prefix(10).filter { $0 != "-" }
        let name = (key.algorithm == .ed25519SHA256 ? "e" : "r") + day
        let taken = Set(present.map(\.selector.text))
        let names = [name] + (2...DirectoryLimits.signingKeysMax + 1).map { "\(name)-\($0)" }
        guard let selector = names.first(where: { !taken.contains($0) }).flatMap({ DNSName($0) }) else {
            preconditionFailure("more selectors than keys")
        }
        return selector
    }
}

extension DirectoryIndex {
    /// A domain's key by its selector, or without one the only key in a state.
    fileprivate func signingKey(
        of domain: Domain,
        _ selector: DNSName?,
        in state: SigningKey.State
    ) throws(DirectoryError) -> SigningKey {
        guard self.domains[domain] != nil else { throw .unknown(domain: domain) }
        let keys = self.signingKeys.keys(of: domain)
        if let selector {
            guard let key = keys.first(where: { $0.selector == selector }) else {
                throw DirectoryError(
                    .unknown,
                    "\(domain) has no key of selector \(selector)",
                    advice: "See `martlet dkim key list \(domain)`."
                )
            }
            return key
        }
        let candidates = keys.filter { $0.state == state }
        guard let key = candidates.first else {
            throw DirectoryError(
                .unknown,
                "\(domain) has no key that is \(state.name)",
                advice: "See `martlet dkim key list \(domain)`; `martlet dkim key new \(domain)` makes one."
            )
        }
        guard candidates.count == 1 else {
            let selectors = candidates.map(\.selector.text).joined(separator: ", ")
            throw DirectoryError(
                .invalidName,
                "\(domain) has several keys that are \(state.name): \(selectors)",
                advice: "Name the selector."
            )
        }
        return key
    }
}

extension DirectoryError {
    fileprivate static func tooManyKeys(of domain: Domain) -> Self {
        Self(
            .tooLarge,
            "\(domain) has \(DirectoryLimits.signingKeysMax) signing keys already",
            advice: "Remove retired ones: martlet dkim key remove \(domain) SELECTOR"
        )
    }

    fileprivate static func invalid(selector: DNSName, of domain: Domain) -> Self {
        Self(
            .invalidName,
            "“\(selector)” cannot be a selector of \(domain), or \(domain) cannot stand in the DNS",
            advice: "Give a short name such as s2026."
        )
    }
}
