internal import Listener
internal import Logging
internal import MailTypes
internal import NIOCore
internal import Reception
internal import SASL
internal import SMTPWire
internal import Telemetry
internal import Trace

/// How the connection becomes encrypted. RFC 3207.
extension SMTPSessionHandler {
    /// Answers, and puts TLS in front; whatever came behind the command in the clear is dropped.
    func startTLS(_ reply: SMTPReply) -> SMTPSessionStateMachine.Action? {
        guard let context, let tlsContext = self.tlsContexts?.current else { return self.machine.tlsUnavailable() }
        self.write(reply)
        self.flush()
        do {
            try tlsContext.insert(into: context.pipeline.syncOperations)
        } catch {
            self.service.log.error(
                "TLS cannot be started",
                metadata: .init([.session: self.info.id.description, .error: "\(error)"])
            )
            return .close
        }
        self.tlsContext = tlsContext
        self.abandonMessage()
        self.framer.resume(.commandsAfterTLS)
        self.isWaiting = true
        return nil
    }

    func tlsEstablished() {
        guard !self.isClosing, let context, let tlsContext = self.tlsContext else { return }
        let tls = ConnectionTLS(context.pipeline.syncOperations)
        var facts = SMTPSessionFacts(isEncrypted: true, canStartTLS: false, isLoopback: self.info.isLoopback)
        facts.isTrusted = self.client.isTrusted
        facts.bindings = SASLChannelBindings(serverEndPoint: tlsContext.tlsServerEndPoint)
        self.clientCertificateAddresses = tls?.clientAddresses ?? []
        facts.hasClientCertificate = !self.clientCertificateAddresses.isEmpty
        self.client.tlsVersion = tls?.version ?? "TLS"
        // Nothing that was said before counts, a login least of all. RFC 3207 §4.2.
        self.client.user = nil
        self.client.greetingName = ""
        self.service.journal.record(
            self.info.id,
            .tlsStarted,
            (.peer, self.info.peerText),
            (.tls, self.client.tlsVersion ?? "")
        )
        self.isHandshakeDone = true
        if case .startingTLS = self.machine.state {
            self.machine.tlsStarted(facts)
            self.parser.extensions = self.machine.extensions
            self.client.isExtended = false
            self.goOn()
        } else {
            self.machine.facts = facts
            self.sayHello()
        }
    }
}
