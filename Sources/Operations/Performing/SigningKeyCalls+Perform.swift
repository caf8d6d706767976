internal import Directory
internal import MailBytes
internal import MailTypes
internal import SenderAuth

extension SigningKeyAdd {
    package func perform(on system: AdministeredSystem) async throws -> SigningKeyChanged {
        let selector = try self.selector.map(readSelector)
        let key = try await self.makeKey()
        let added = try await system.directory.addSigningKey(key, for: Domain(self.domain), selector: selector)
        return SigningKeyChanged(
            message: """
                Publish this record. When it can be seen: martlet dkim key activate \(added.domain) \(added.selector)
                """,
            key: SigningKeyRow(added)
        )
    }

    private func makeKey() async throws -> DKIMPrivateKey {
        guard self.algorithm == .rsa else { return .makeEd25519() }
        let bits = self.bits
        guard (2_048...SenderAuthLimits.rsaBits.upperBound).contains(bits) else {
            throw OperationError("an RSA key has 2048 to \(SenderAuthLimits.rsaBits.upperBound) bits, not \(bits)")
        }
        return try await onThread { try DKIMPrivateKey.makeRSA(bits: bits) }
    }
}

extension SigningKeyList {
    package func perform(on system: AdministeredSystem) async throws -> [SigningKeyRow] {
        system.directory.signingKeys(of: self.domain.map { Domain($0) }).map { SigningKeyRow($0) }
    }
}

extension SigningKeyChange {
    package func perform(on system: AdministeredSystem) async throws -> SigningKeyChanged {
        let domain = Domain(self.domain)
        let selector = try self.selector.map(readSelector)
        let directory = system.directory
        switch self.action {
        case .activate:
            let (active, retired) = try await directory.activateSigningKey(of: domain, selector: selector)
            var message = "Mail of \(domain) is signed with \(active.selector) now."
            if let retired { message += " \(retired.selector) is retired; its record should stay for a week or two." }
            return SigningKeyChanged(message: message, key: SigningKeyRow(active))
        case .retire:
            let key = try await directory.retireSigningKey(of: domain, selector: selector)
            let isLast = directory.signers(for: domain).isEmpty
            return SigningKeyChanged(
                message: "Nothing is signed with \(key.selector) any more; its record should stay for a week or two."
                    + (isLast ? " Mail of \(domain) is not signed at all now." : ""),
                key: SigningKeyRow(key)
            )
        case .remove:
            guard let selector else { throw OperationError("name the selector of the key that is to be removed") }
            let key = try await directory.removeSigningKey(of: domain, selector: selector)
            return SigningKeyChanged(
                message: "The key \(selector) of \(domain) is gone; \(key.recordName) can be taken from the DNS.",
                key: SigningKeyRow(key)
            )
        }
    }
}

extension MessageSigning {
    package func perform(on system: AdministeredSystem) async throws -> Output {
        guard let header = Base64.decode(self.header), let bodyHash = Base64.decode(self.bodyHash) else {
            throw OperationError("header and body hash are to be in base64")
        }
        var fields: [UInt8] = []
        for var options in try self.signers(system.directory) {
            options.headerForm = self.canonicalization.header
            options.bodyForm = self.canonicalization.body
            do throws(DKIMKeyError) {
                fields += try DKIMSigner(options).field(header: header.span, bodyHash: bodyHash, now: system.clock.now)
            } catch {
                throw OperationError("the message cannot be signed: \(error)")
            }
        }
        return Output(fields: String(decoding: fields, as: UTF8.self))
    }

    private func signers(_ directory: Directory) throws -> [DKIMSigningOptions] {
        let domain = Domain(self.domain)
        guard let selector = try self.selector.map(readSelector) else {
            let signers = directory.signers(for: domain)
            guard signers.isEmpty else { return signers }
            throw OperationError(
                "\(domain) has no key that signs. See: martlet dkim key list \(domain), or name a key's file with --key"
            )
        }
        guard let key = directory.signingKeys(of: domain).first(where: { $0.selector == selector }) else {
            throw OperationError("\(domain) has no key of selector \(selector). See: martlet dkim key list \(domain)")
        }
        return [key.options]
    }
}

private func readSelector(_ text: String) throws -> DNSName {
    guard let name = DNSName(text), name != .root else {
        throw OperationError("'\(text)' is no selector. Give a short name such as s2026")
    }
    return name
}

extension SigningKey {
    fileprivate var recordName: String { "\(self.selector)._domainkey.\(self.signingDomain)" }
}

extension SigningKeyRow {
    fileprivate init(_ key: SigningKey) {
        self.init(
            domain: key.domain.name,
            selector: key.selector.text,
            algorithm: key.key.algorithm.rawValue,
            state: key.state.name,
            created: describe(key.created),
            since: describe(key.since),
            recordName: key.recordName,
            record: key.key.recordText,
            zoneText: key.zoneText
        )
    }
}
