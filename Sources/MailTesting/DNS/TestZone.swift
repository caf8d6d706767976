/// A DNS zone as a test writes it: the name, and its records in a zone file's words, relative to the name.
///
/// SOA and NS are added, and the address of `ns`, which is where the test server is. Records live 300 seconds and
/// their absence 60, unless the records say otherwise.
package struct TestZone: Sendable {
    package enum Signing: Hashable, Sendable {
        case unsigned
        case signed
        /// Signed once, but the signatures have run out.
        case expired
    }

    package var name: String
    package var records: String
    package var signing: Signing
    /// Done to the zone's text after signing: how a forger would.
    package var alteration: @Sendable (String) -> String

    package init(
        _ name: String,
        _ records: String,
        _ signing: Signing = .unsigned,
        alteration: @escaping @Sendable (String) -> String = { $0 }
    ) {
        self.name = name
        self.records = records
        self.signing = signing
        self.alteration = alteration
    }

    /// As a zone file.
    var text: String {
        """
        $ORIGIN \(self.name).
        $TTL 300
        @ SOA ns hostmaster 1 3600 600 86400 60
        @ NS ns
        ns A 127.0.0.1
        \(self.records)

        """
    }
}
