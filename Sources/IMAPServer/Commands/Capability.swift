internal import Directory
internal import IMAPWire
internal import SASL
internal import Sessions

/// CAPABILITY, ENABLE and ID: what we can do, what the client understands, who both are.
///
/// Only what is whole is announced. RFC 9051 §6.1.1, RFC 5161, RFC 2971.
extension IMAPConnection {
    /// What can be done on this connection in its present state.
    var capabilities: [IMAPCapability] {
        var capabilities = Self.always
        if self.machine.announcesTLS { capabilities.append(.startTLS) }
        if self.machine.isAuthenticated {
            capabilities += Self.afterLogin
            if self.service.filing != nil, let uri = self.service.configuration.scriptsURI {
                capabilities.append(.imapSieve(uri))
            }
            capabilities.append(.appendLimit(self.service.configuration.wire.appendMessageOctetsMax))
        } else {
            if !self.machine.allowsPasswords { capabilities.append(.loginDisabled) }
            capabilities += self.saslOffer.mechanisms.map { .auth($0.rawValue) }
        }
        return capabilities
    }

    private static let always: [IMAPCapability] = [.imap4rev1, .literalPlus, .saslIR, .id, .enable, .idle]

    private static let afterLogin: [IMAPCapability] = [
        .namespace, .children, .unselect, .uidPlus, .move, .condstore, .specialUse, .createSpecialUse, .statusSize,
        .listExtended, .listStatus, .esearch, .searchRes, .within, .multiAppend, .metadata,
    ]

    func enable(_ tag: String, _ names: [String]) {
        var enabled: [String] = []
        if names.contains(where: { $0.uppercased() == "CONDSTORE" }) {
            self.enableCondstore()
            enabled.append("CONDSTORE")
        }
        self.output.writeEnabled(enabled)
        self.output.writeTagged(tag, .ok, "ENABLE completed")
    }

    /// The client's fields are bounded by the grammar and are not kept: nothing we do depends on them.
    func identify(_ tag: String, _ fields: [IMAPIDField]?) {
        let version = self.service.configuration.version
        self.output.writeID([
            IMAPIDField(name: "name", value: "Martlet"),
            IMAPIDField(name: "version", value: version),
        ])
        self.output.writeTagged(tag, .ok, "ID completed")
    }
}
