package import MailTypes
package import SenderAuth

/// A key with which a domain's mail is signed, will be or was. RFC 6376 §3.1.
///
///     add ──► published ──activate──► signing ──retire──► retired ──remove──► gone
///
/// While it is published its record waits to be seen; while it is retired the record stays, for mail on its way. A
/// retired key can be activated again, as long as it is there.
package struct SigningKey: Sendable {
    package enum State: Int, Sendable, CaseIterable {
        /// Its record is to be published; nothing is signed with it yet.
        case published = 1
        /// Mail is signed with it. Of each algorithm a domain has one such key at most.
        case signing = 2
        /// Nothing is signed with it any more, but its record stays until the key is removed.
        case retired = 3

        /// `published`, `signing`, `retired`
        package var name: String { "\(self)" }
    }

    package let domain: Domain
    /// The domain as the DNS has it: d=.
    package let signingDomain: DNSName
    package let selector: DNSName
    package let key: DKIMPrivateKey
    package internal(set) var state: State
    package let created: Instant
    /// Since when it has been in its state.
    package internal(set) var since: Instant

    /// The record to publish, in a zone file's words, in strings of at most 255 octets. RFC 6376 §3.6.1, §3.6.2.2.
    package var zoneText: String { self.key.zoneText(domain: self.signingDomain.text, selector: self.selector.text) }

    /// What a signer needs to sign with this key.
    package var options: DKIMSigningOptions {
        DKIMSigningOptions(domain: self.signingDomain, selector: self.selector, key: self.key)
    }
}

/// All signing keys, by domain.
struct SigningKeyTable: Sendable {
    /// In the order in which they were made.
    private var keys: [Domain: [SigningKey]] = [:]

    func keys(of domain: Domain) -> [SigningKey] { self.keys[domain] ?? [] }

    var all: [SigningKey] { self.keys.sorted { $0.key < $1.key }.flatMap(\.value) }

    mutating func put(_ key: SigningKey) {
        var keys = self.keys(of: key.domain)
        if let place = keys.firstIndex(where: { $0.selector == key.selector }) {
            keys[place] = key
        } else {
            keys.append(key)
            keys.sort { ($0.created, $0.selector) < ($1.created, $1.selector) }
        }
        self.keys[key.domain] = keys
    }

    mutating func remove(_ selector: DNSName, of domain: Domain) {
        self.keys[domain]?.removeAll { $0.selector == selector }
        if self.keys[domain]?.isEmpty == true { self.keys[domain] = nil }
    }

    mutating func removeAll(of domain: Domain) {
        self.keys[domain] = nil
    }
}
