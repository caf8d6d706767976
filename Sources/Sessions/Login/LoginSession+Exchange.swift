package import Directory
internal import Listener
internal import NIOCore
package import SASL

/// The course of a login, from the command to the answer. RFC 4422 §3.
extension LoginSession {
    /// The mechanisms that may be used on this connection.
    package var saslOffer: SASLOffer {
        SASLOffer(
            allowsPasswords: self.allowsPasswords,
            bindings: SASLChannelBindings(serverEndPoint: self.transport.tls?.tlsServerEndPoint),
            hasClientCertificate: !self.certifiedAddresses.isEmpty
        )
    }

    /// Addresses in the client's verified certificate.
    private var certifiedAddresses: [String] {
        guard let tls = self.transport.tls, tls.asksForClientCertificate else { return [] }
        return ConnectionTLS(self.channel.pipeline.syncOperations)?.clientAddresses ?? []
    }

    // MARK: - Beginning and going on

    package func choose(_ name: String) -> MechanismChoice {
        guard let mechanism = SASLMechanism(name: name) else { return .unknown }
        if self.saslOffer.permits(mechanism) { return .offered(mechanism) }
        return mechanism.sendsPassword ? .needsEncryption : .unknown
    }

    /// - Returns: what the exchange waits for; `nil` when the client has been sent a challenge.
    package func beginExchange(_ mechanism: SASLMechanism, _ initialResponse: SASLInput) -> LoginWork? {
        var exchange = SASLServer(mechanism, offer: self.saslOffer)
        let action: SASLServerAction =
            switch initialResponse {
            case .absent: exchange.begin(initialResponse: nil)
            case .octets(let octets): exchange.begin(initialResponse: octets)
            case .cancelled: .failure(.cancelled)
            case .malformed: .failure(.malformed)
            }
        self.exchange = exchange
        return self.next(action)
    }

    /// The client has answered a challenge, or what should have been an answer could not be read.
    ///
    /// - Returns: what the exchange waits for; `nil` when the client has been sent another challenge.
    package func continueExchange(_ response: SASLInput) -> LoginWork? {
        guard var exchange = self.exchange else { return nil }
        let action: SASLServerAction =
            switch response {
            case .octets(let octets): exchange.responseReceived(octets)
            case .cancelled: .failure(.cancelled)
            case .absent, .malformed: .failure(.malformed)
            }
        self.exchange = exchange
        return self.next(action)
    }

    /// Challenges are sent at once; everything else waits for somebody.
    private func next(_ action: SASLServerAction) -> LoginWork? {
        guard case .challenge(let octets) = action else { return .exchange(action) }
        if var exchange = self.exchange, exchange.isProved, self.keepForSuccess(octets) {
            let action = exchange.responseReceived([])
            self.exchange = exchange
            return .exchange(action)
        }
        self.writeChallenge(octets)
        return nil
    }

    // MARK: - What has to wait

    package func perform(_ work: LoginWork) async {
        let begun = NIODeadline.now()
        switch work {
        case .password(let claim, let command):
            switch await self.directory.authenticate(claim, from: self.loginOrigin) {
            case .accepted(let user): await self.welcome(user, mechanism: command)
            case .denied: await self.delayAndRefuse(.denied, claim.login, command, since: begun)
            case .unavailable: await self.delayAndRefuse(.unavailable, claim.login, command, since: begun)
            }
        case .exchange(let action):
            guard let exchange = self.exchange else { return }
            switch await self.outcome(of: exchange, action) {
            case .challenge(let octets): return self.writeChallenge(octets)
            case .accepted(let user): await self.welcome(user, mechanism: exchange.mechanism.rawValue)
            case .refused(let refusal):
                await self.delayAndRefuse(refusal, exchange.claimedName, exchange.mechanism.rawValue, since: begun)
            }
            self.resumeCommands()
        }
    }

    /// Asks the directory until the client has something to say again, or all is said.
    private func outcome(of exchange: SASLServer, _ first: SASLServerAction) async -> ExchangeOutcome {
        var exchange = exchange
        var action = first
        while true {
            switch action {
            case .challenge(let octets):
                self.exchange = exchange
                return .challenge(octets)
            case .verifyPassword(let claim):
                let result = await self.directory.authenticate(claim, from: self.loginOrigin)
                if case .accepted(let user) = result { return self.ended(.accepted(user)) }
                action = exchange.verificationEnded(result == .denied ? .denied : .unavailable)
            case .verifyCertificate(let identity):
                if let user = self.certifiedUser(actingAs: identity) { return self.ended(.accepted(user)) }
                action = exchange.verificationEnded(.denied)
            case .findCredentials(let name):
                let credentials = await self.directory.scramCredentials(for: name, from: self.loginOrigin)
                action = exchange.credentialsFound(credentials)
            case .success(let identity):
                if let user = self.directory.user(for: identity) { return self.ended(.accepted(user)) }
                action = .failure(.denied)
            case .failure(let failure):
                return self.ended(.refused(LoginRefusal(failure)))
            }
        }
    }

    private var loginOrigin: LoginOrigin { .network(self.transport.info.countingKey) }

    private func ended(_ outcome: ExchangeOutcome) -> ExchangeOutcome {
        self.exchange = nil
        return outcome
    }

    /// The account one of the certificate's addresses belongs to, if it is the one asked for.
    private func certifiedUser(actingAs identity: String?) -> AuthenticatedUser? {
        for address in self.certifiedAddresses {
            let claimed = SASLIdentity(login: address, authorizationIdentity: identity)
            if let user = self.directory.user(for: claimed) { return user }
        }
        return nil
    }

    // MARK: - The end

    /// Notes in the trace who has logged in.
    package func traceLogin(_ user: AuthenticatedUser, mechanism: String) {
        self.loginNotes.accepted(user.login, mechanism: mechanism)
    }

    private var loginNotes: LoginNotes { LoginNotes(self.transport.info, self.trace, self.loginLog) }

    /// A login that the client gave up itself is none, and is not noted: nothing bounds how often it may. One that
    /// could not be judged is as late as one that was wrong: who has so many waiting that no more are taken could else
    /// fill log and trace.
    ///
    /// - Parameter begun: the delay counts from then, so that the answer does not tell by its time what it took to
    ///   find.
    private func delayAndRefuse(
        _ refusal: LoginRefusal,
        _ claimedName: String?,
        _ mechanism: String,
        since begun: NIODeadline
    ) async {
        if let reason = refusal.note { self.loginNotes.failed(claimedName, mechanism: mechanism, reason: reason) }
        if refusal != .cancelled {
            self.flush()
            await self.pause(until: begun + TimeAmount(self.loginDelay))
        }
        guard !self.isOver else { return }
        self.refuse(refusal)
    }
}

private enum ExchangeOutcome {
    case challenge([UInt8])
    case accepted(AuthenticatedUser)
    case refused(LoginRefusal)
}

extension LoginRefusal {
    /// What trace and log say of it; `nil` means nothing.
    fileprivate var note: String? {
        switch self {
        case .denied: "wrong name or password"
        case .malformed: "malformed"
        case .cancelled: nil
        case .unavailable: "could not be judged"
        }
    }

    init(_ failure: SASLFailure) {
        switch failure {
        case .cancelled: self = .cancelled
        case .malformed: self = .malformed
        case .denied, .channelBindingMismatch: self = .denied
        case .unavailable: self = .unavailable
        }
    }
}
