internal import Directory
internal import Listener
internal import MailBytes
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import POP3Wire
internal import SASL
internal import Telemetry
internal import Trace

/// USER, PASS and AUTH. RFC 1939 §7, RFC 5034.
///
/// A failed login is answered late, the same whatever was wrong with it, and only so many are taken on a connection. A
/// login that succeeds takes the maildrop, or fails because another session has it.
extension POP3Connection {
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

    // MARK: - USER and PASS

    func logIn(_ login: String, _ password: Secret) -> POP3Work? {
        .login(PasswordClaim(login: login, password: password))
    }

    func verifyLogin(_ claim: PasswordClaim) async {
        switch await self.service.directory.authenticate(claim) {
        case .accepted(let user): await self.welcome(user, mechanism: "USER")
        case .denied: await self.refuseLogin(.denied, .loginFailed, login: claim.login)
        case .unavailable: await self.refuseLogin(.abandoned, .loginUnavailable, login: claim.login)
        }
    }

    // MARK: - AUTH

    func authenticate(_ name: String?, _ initialResponse: ByteBuffer?) -> POP3Work? {
        let offer = self.saslOffer
        guard let name else {
            self.framer.resume(.commands)
            self.listMechanisms(offer)
            return nil
        }
        guard let mechanism = SASLMechanism(name: name), offer.permits(mechanism) else {
            self.framer.resume(.commands)
            let isEncryptionMissing = SASLMechanism(name: name)?.sendsPassword ?? false
            self.output.writePOP3Reply(isEncryptionMissing ? .needsEncryption : .unknownMechanism)
            return nil
        }
        self.machine.authenticationBegan()
        var exchange = SASLServer(mechanism, offer: offer)
        var action = SASLServerAction.failure(.malformed)
        if let initialResponse {
            if let decoded = Base64.decode(initialResponse.readableBytesUInt8Span) {
                action = exchange.begin(initialResponse: decoded)
            }
        } else {
            action = exchange.begin(initialResponse: nil)
        }
        self.exchange = exchange
        return self.next(action)
    }

    func authResponseReceived(_ line: ByteBuffer) -> POP3Work? {
        guard var exchange = self.exchange else { return nil }
        if line.readableBytes == 1, line.getInteger(at: line.readerIndex, as: UInt8.self) == UInt8(ascii: "*") {
            return .authentication(.failure(.cancelled))
        }
        guard let response = Base64.decode(line.readableBytesUInt8Span) else {
            return .authentication(.failure(.malformed))
        }
        let action = exchange.responseReceived(response)
        self.exchange = exchange
        return self.next(action)
    }

    /// AUTH alone asks for the mechanisms, as clients did before CAPA.
    private func listMechanisms(_ offer: SASLOffer) {
        self.output.writePOP3Reply(.done("Mechanisms follow"))
        for mechanism in offer.mechanisms {
            self.output.writeString(mechanism.rawValue)
            self.output.writeStaticString("\r\n")
        }
        self.output.writePOP3End()
    }

    /// Challenges are sent at once; everything else waits for somebody.
    private func next(_ action: SASLServerAction) -> POP3Work? {
        guard case .challenge(let octets) = action else { return .authentication(action) }
        self.output.writePOP3Challenge(Base64.encode(octets))
        self.framer.resume(.authResponse)
        return nil
    }

    func perform(_ first: SASLServerAction) async {
        guard var exchange = self.exchange else { return }
        let mechanism = exchange.mechanism.rawValue
        var action = first
        while true {
            switch action {
            case .challenge:
                self.exchange = exchange
                _ = self.next(action)
                return
            case .verifyPassword(let claim):
                let result = await self.service.directory.authenticate(claim)
                if case .accepted(let user) = result { return await self.endExchange(user, mechanism) }
                action = exchange.verificationEnded(result == .denied ? .denied : .unavailable)
            case .verifyCertificate(let identity):
                if let user = self.certifiedUser(actingAs: identity) { return await self.endExchange(user, mechanism) }
                action = exchange.verificationEnded(.denied)
            case .findCredentials(let name):
                action = exchange.credentialsFound(await self.service.directory.scramCredentials(for: name))
            case .success(let identity):
                if let user = self.service.directory.user(for: identity) {
                    return await self.endExchange(user, mechanism)
                }
                action = .failure(.denied)
            case .failure(let failure):
                return await self.endExchange(failure)
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

    private func endExchange(_ user: AuthenticatedUser, _ mechanism: String) async {
        self.exchange = nil
        await self.welcome(user, mechanism: mechanism)
        self.framer.resumeIfStopped()
    }

    private func endExchange(_ failure: SASLFailure) async {
        self.exchange = nil
        switch failure {
        case .cancelled: await self.refuseLogin(.abandoned, .loginCancelled, login: nil)
        case .malformed: await self.refuseLogin(.denied, .loginMalformed, login: nil)
        case .denied, .channelBindingMismatch: await self.refuseLogin(.denied, .loginFailed, login: nil)
        case .unavailable: await self.refuseLogin(.abandoned, .loginUnavailable, login: nil)
        }
        self.framer.resumeIfStopped()
    }

    // MARK: - The end of a login

    private func welcome(_ user: AuthenticatedUser, mechanism: String) async {
        guard let lock = self.service.store.lockMaildrop(user.account) else {
            return await self.refuseLogin(.abandoned, .maildropInUse, login: user.login)
        }
        let maildrop: Maildrop
        do {
            maildrop = try await self.openMaildrop(user, lock)
        } catch {
            lock.release()
            self.noteFailure(error, doing: "login")
            return await self.refuseLogin(.abandoned, .maildropUnavailable, login: user.login)
        }
        guard !self.machine.isClosed else { return maildrop.release() }
        self.maildrop = maildrop
        _ = self.machine.loginEnded(.accepted)
        self.output.writePOP3Reply(.done("\(maildrop.count) messages (\(maildrop.octetsLeft) octets)"))
        self.service.trace.record(
            self.info.id,
            .authenticated,
            (.user, user.login),
            (.peer, self.info.peerText),
            (.mechanism, mechanism)
        )
    }

    private func openMaildrop(_ user: AuthenticatedUser, _ lock: MaildropLock) async throws -> Maildrop {
        let store = self.service.store
        guard let live = try await store.open(.inbox, of: user.account) else { throw MailStoreError.noSuchMailbox }
        let state = try await live.state()
        return Maildrop(user: user.login, live.summary, state, lock)
    }

    private func refuseLogin(
        _ verdict: POP3SessionStateMachine.LoginVerdict,
        _ reply: POP3Reply,
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
        _ = self.machine.loginEnded(verdict)
        self.output.writePOP3Reply(reply)
    }
}
