internal import Directory
internal import IMAPWire
internal import Listener
internal import MailBytes
internal import MailTypes
internal import NIOCore
internal import SASL
internal import Telemetry
internal import Trace

/// A login under way.
struct LoginInProgress {
    var tag: String
    var exchange: SASLServer
}

/// LOGIN and AUTHENTICATE. RFC 9051 §6.2.2, §6.2.3, RFC 4959.
///
/// A failed login is answered late, the same whatever was wrong with it, and only so many are taken on a connection.
extension IMAPConnection {
    var saslOffer: SASLOffer {
        SASLOffer(
            allowsPasswords: self.machine.allowsPasswords,
            bindings: SASLChannelBindings(serverEndPoint: self.tls?.tlsServerEndPoint),
            hasClientCertificate: !self.certifiedAddresses.isEmpty
        )
    }

    /// Addresses in the client's verified certificate.
    private var certifiedAddresses: [String] {
        guard let tls = self.tls, tls.asksForClientCertificate else { return [] }
        return ConnectionTLS(self.channel.pipeline.syncOperations)?.clientAddresses ?? []
    }

    // MARK: - LOGIN

    /// A login that succeeded minutes ago is answered from memory, without a task.
    func logIn(_ tag: String, user: String, password: Secret) -> IMAPWork? {
        let remembered = self.service.directory.authenticateFromMemory(login: user, password: password)
        self.machine.authenticationBegan()
        if case .accepted(let user) = remembered {
            self.welcome(user, tag: tag, mechanism: "LOGIN")
            return nil
        }
        return .login(tag: tag, PasswordClaim(login: user, password: password))
    }

    func verifyLogin(_ claim: PasswordClaim, tag: String) async {
        switch await self.service.directory.authenticate(claim) {
        case .accepted(let user): self.welcome(user, tag: tag, mechanism: "LOGIN")
        case .denied: await self.refuseLogin(tag, .denied, .loginFailed, login: claim.login)
        case .unavailable: await self.refuseLogin(tag, .abandoned, .loginUnavailable, login: claim.login)
        }
    }

    // MARK: - AUTHENTICATE

    func authenticate(_ tag: String, _ request: AuthenticateRequest) -> IMAPWork? {
        let offer = self.saslOffer
        guard let mechanism = SASLMechanism(name: request.mechanism), offer.permits(mechanism) else {
            self.framer.resume(.commands)
            let isEncryptionMissing = SASLMechanism(name: request.mechanism)?.sendsPassword ?? false
            self.output.writeReply(tag, isEncryptionMissing ? Reply(.needsEncryption) : .unknownMechanism)
            return nil
        }
        self.machine.authenticationBegan()
        var initial: [UInt8]?
        if let response = request.initialResponse {
            guard let decoded = Self.decoded(response.bytes) else {
                return self.endedExchange(tag, .failure(.malformed))
            }
            initial = decoded
        }
        self.login = LoginInProgress(tag: tag, exchange: SASLServer(mechanism, offer: offer))
        return self.next(self.login?.exchange.begin(initialResponse: initial))
    }

    func authenticationLineReceived(_ line: ByteBuffer) -> IMAPWork? {
        guard let tag = self.login?.tag else { return nil }
        if line.readableBytesUInt8Span.count == 1, line.readableBytesUInt8Span[0] == UInt8(ascii: "*") {
            return self.endedExchange(tag, .failure(.cancelled))
        }
        guard let response = Self.decoded(Array(buffer: line)) else {
            return self.endedExchange(tag, .failure(.malformed))
        }
        return self.next(self.login?.exchange.responseReceived(response))
    }

    /// Challenges are sent at once; everything else waits for somebody.
    private func next(_ action: SASLServerAction?) -> IMAPWork? {
        guard let action else { return nil }
        guard case .challenge(let octets) = action else { return .authentication(action) }
        self.output.writeContinuation(base64: Base64.encode(octets).utf8)
        self.framer.resume(.authentication)
        return nil
    }

    private func endedExchange(_ tag: String, _ action: SASLServerAction) -> IMAPWork {
        if self.login == nil {
            self.login = LoginInProgress(tag: tag, exchange: SASLServer(.plain, offer: self.saslOffer))
        }
        return .authentication(action)
    }

    func perform(_ first: SASLServerAction) async {
        guard let login = self.login else { return }
        var action = first
        while true {
            switch action {
            case .challenge:
                _ = self.next(action)
                return
            case .verifyPassword(let claim):
                let result = await self.service.directory.authenticate(claim)
                if case .accepted(let user) = result { return self.accepted(user, login) }
                action = self.advanceExchange { $0.verificationEnded(result == .denied ? .denied : .unavailable) }
            case .verifyCertificate(let identity):
                if let user = self.certifiedUser(actingAs: identity) { return self.accepted(user, login) }
                action = self.advanceExchange { $0.verificationEnded(.denied) }
            case .findCredentials(let name):
                let credentials = await self.service.directory.scramCredentials(for: name)
                action = self.advanceExchange { $0.credentialsFound(credentials) }
            case .success(let identity):
                guard let user = self.service.directory.user(for: identity) else {
                    action = .failure(.denied)
                    continue
                }
                return self.accepted(user, login)
            case .failure(let failure):
                return await self.failed(failure, login)
            }
        }
    }

    /// The account one of the certificate's addresses belongs to, if it is the one asked for.
    private func certifiedUser(actingAs identity: String?) -> AuthenticatedUser? {
        for address in self.certifiedAddresses {
            let claimed = SASLIdentity(login: address, authorizationIdentity: identity)
            if let user = self.service.directory.user(for: claimed) { return user }
        }
        return nil
    }

    private func advanceExchange(_ event: (inout SASLServer) -> SASLServerAction) -> SASLServerAction {
        guard var login = self.login else { return .failure(.malformed) }
        let action = event(&login.exchange)
        self.login = login
        return action
    }

    private func accepted(_ user: AuthenticatedUser, _ login: LoginInProgress) {
        self.login = nil
        self.framer.resume(.commands)
        self.welcome(user, tag: login.tag, mechanism: login.exchange.mechanism.rawValue)
    }

    private func failed(_ failure: SASLFailure, _ login: LoginInProgress) async {
        self.login = nil
        switch failure {
        case .cancelled: await self.refuseLogin(login.tag, .abandoned, .loginCancelled, login: nil)
        case .malformed: await self.refuseLogin(login.tag, .denied, .loginMalformed, login: nil)
        case .denied, .channelBindingMismatch: await self.refuseLogin(login.tag, .denied, .loginFailed, login: nil)
        case .unavailable: await self.refuseLogin(login.tag, .abandoned, .loginUnavailable, login: nil)
        }
        self.framer.resume(.commands)
    }

    // MARK: - The end of a login

    private func welcome(_ user: AuthenticatedUser, tag: String, mechanism: String) {
        guard self.machine.loginEnded(.accepted) == .welcome else { return }
        self.user = user
        self.output.writeTagged(tag, .ok, code: .capability(self.capabilities), "Logged in")
        self.service.trace.record(
            self.info.id,
            .authenticated,
            (.user, user.login),
            (.peer, self.info.peerText),
            (.mechanism, mechanism)
        )
    }

    private func refuseLogin(
        _ tag: String,
        _ verdict: IMAPSessionStateMachine.LoginVerdict,
        _ reply: Reply,
        login: String?
    ) async {
        if verdict == .denied {
            self.flush()
            await self.pause(for: self.service.configuration.session.loginDelay)
            self.service.trace.record(
                self.info.id,
                .authenticationFailed,
                (.user, login ?? ""),
                (.peer, self.info.peerText)
            )
        }
        guard !self.machine.isClosed else { return }
        let action = self.machine.loginEnded(verdict)
        self.output.writeReply(tag, reply)
        if action == .refuseThenClose { self.output.writeUntagged(.bye, "Too many failed logins") }
    }

    /// `=` stands for an empty response. RFC 4959 §3.
    private static func decoded(_ base64: [UInt8]) -> [UInt8]? {
        if base64 == [UInt8(ascii: "=")] { return [] }
        return Base64.decode(base64.span)
    }
}
