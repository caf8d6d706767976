/// Makes a signing key for a domain. It signs nothing before it is activated, so that its record is seen first.
package struct SigningKeyAdd: AdministrativeCall {
    package enum Algorithm: String, Codable, Sendable, CaseIterable {
        case rsa
        case ed25519
    }

    package static let name = "dkim/key/add"
    package var domain: String
    /// One made from the day and the algorithm when it is `nil`.
    package var selector: String?
    package var algorithm: Algorithm
    /// Of an RSA key: 2,048 to 4,096.
    package var bits: Int

    package init(domain: String, selector: String?, algorithm: Algorithm, bits: Int = 2_048) {
        self.domain = domain
        self.selector = selector
        self.algorithm = algorithm
        self.bits = bits
    }
}

/// The signing keys of a domain, or of all. Nothing of a private key is told.
package struct SigningKeyList: AdministrativeCall {
    package static let name = "dkim/key/list"
    package var domain: String?

    package init(domain: String?) {
        self.domain = domain
    }
}

/// A signing key as it may be seen.
package struct SigningKeyRow: Codable, Sendable {
    package var domain: String
    package var selector: String
    /// `rsa-sha256` or `ed25519-sha256`.
    package var algorithm: String
    /// `published`, `signing` or `retired`.
    package var state: String
    package var created: String
    /// Since when it has been in its state.
    package var since: String
    /// The name under which the record stands in the DNS, without a dot at its end.
    package var recordName: String
    /// The TXT record's text, in one piece.
    package var record: String
    /// The record as a zone file has it, ready to paste.
    package var zoneText: String
}

/// What a change made of a signing key, in a sentence too.
package struct SigningKeyChanged: Codable, Sendable {
    package var message: String
    package var key: SigningKeyRow
}

/// Takes a key through its life: activated, retired, removed.
package struct SigningKeyChange: AdministrativeCall {
    package enum Action: String, Codable, Sendable {
        /// Sign with it, and retire the key of the same algorithm that signed so far.
        case activate
        /// Sign no more with it.
        case retire
        /// Forget it.
        case remove
    }

    package static let name = "dkim/key/change"
    package var action: Action
    package var domain: String
    /// May be `nil` when it is clear which key is meant; not for a removal.
    package var selector: String?

    package init(action: Action, domain: String, selector: String?) {
        self.action = action
        self.domain = domain
        self.selector = selector
    }
}

/// Signs a message for its domain with the keys that sign now. The private keys stay where they are.
package struct MessageSigning: AdministrativeCall {
    package static let name = "dkim/sign"
    package var domain: String
    /// A certain key, whatever its state; all that sign now when it is `nil`.
    package var selector: String?
    /// The message's header in base64, lines ending in CRLF.
    package var header: String
    /// The body's SHA-256 hash in base64, its form as `canonicalization` says.
    package var bodyHash: String
    package var canonicalization: MessageCanonicalization

    /// The DKIM-Signature fields, each with its last CRLF.
    package struct Output: Codable, Sendable {
        package var fields: String
    }
}
