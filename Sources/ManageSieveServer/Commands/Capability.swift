internal import Directory
internal import Listener
internal import ManageSieveWire
internal import SASL
internal import Sessions
internal import SieveLanguage

/// CAPABILITY and STARTTLS: what is to be had, and how a connection becomes private. RFC 5804 §1.7, §2.2, §2.4.
extension ManageSieveConnection {
    /// What can be done on this connection in its present state.
    var capabilities: ManageSieveCapabilities {
        let compiler = self.service.configuration.compiler
        let extensions = SieveCapability.offered.filter { !compiler.settings.withheld.contains($0) }
        var capabilities = ManageSieveCapabilities(
            implementation: "Martlet \(self.service.configuration.version)",
            mechanisms: self.saslOffer.mechanisms.map(\.rawValue),
            extensions: extensions.map(\.rawValue),
            notificationMethods: extensions.contains(.enotify) ? ["mailto"] : [],
            redirectsMax: compiler.limits.redirectsMax,
            offersTLS: self.machine.announcesTLS,
            owner: self.user?.login
        )
        if extensions.contains(.extlists) { capabilities.listSchemes = self.service.configuration.listSchemes }
        return capabilities
    }

    /// Whatever the client sent behind STARTTLS was not encrypted, so nobody knows who wrote it: it is dropped. The
    /// capabilities are told anew as soon as the connection is encrypted.
    func startTLS() {
        guard let context = self.transport.tlsContexts?.current else {
            self.resumeCommands()
            self.output.writeManageSieveReply(.encryptionUnavailable)
            return
        }
        self.output.writeManageSieveReply(.beginTLS)
        do {
            try self.beginTLS(context)
        } catch {
            self.noteFailure(error, doing: "STARTTLS")
            self.machine.closed()
            return
        }
        self.machine.tlsStarted()
        self.framer.resume(.commandsAfterTLS)
        self.output.writeManageSieveCapabilities(self.capabilities)
        self.output.writeManageSieveReply(.encrypted)
    }
}
