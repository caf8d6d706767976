internal import NIOCore
internal import NIOSSL
internal import SMTPWire

/// TLS and login, before the first transaction.
extension RelayConnection {
    func startTLS() {
        guard let channel = self.channel else { return }
        // An answer that was there before STARTTLS has left is none: the command would go out within TLS, and from then
        // on each answer be taken for that of the command after it.
        guard self.output.readableBytes == 0 else {
            self.output.clear()
            return self.perform(self.machine.protocolViolated())
        }
        // What was sent before TLS could have been sent by anybody. RFC 3207 §4.2.
        self.framer = SMTPReplyFramer()
        self.isHandshaking = true
        do {
            let handler = try NIOSSLClientHandler(
                context: self.lane.tlsContext(verifiesCertificate: self.hop.verifiesCertificate),
                serverHostname: self.host.serverName
            )
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            self.perform(self.machine.tlsFailed())
        }
    }

    func beginLogin(_ mechanisms: [String]) -> SMTPClientStateMachine.Action {
        guard let credentials = self.hop.login else {
            return self.machine.authenticationStarted(mechanism: nil, initialResponse: nil)
        }
        var login = RelayLogin(credentials)
        let allowsPasswords = self.isEncrypted || self.lane.options.allowsPlaintextLogin
        let start = login.begin(offered: mechanisms, allowsPasswords: allowsPasswords)
        self.login = login
        return self.machine.authenticationStarted(mechanism: start?.mechanism, initialResponse: start?.response)
    }
}

extension NextHop.Host {
    /// What to call it in the handshake; `nil` for an address, which is no server name. A certificate is verified by
    /// the address then.
    var serverName: String? {
        (try? SocketAddress(ipAddress: self.name, port: self.port)) == nil ? self.name : nil
    }
}
