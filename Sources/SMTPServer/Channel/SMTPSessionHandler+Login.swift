internal import Directory
internal import Listener
internal import MailBytes
internal import MailTypes
internal import NIOCore
internal import Reception
internal import SASL
internal import SMTPWire
internal import Telemetry

/// How a client logs in: base64 lines to and fro, and the directory asked in between. RFC 4954 §4.
extension SMTPSessionHandler {
    func beginLogin(_ mechanism: SASLMechanism, _ initialResponse: ByteBuffer?) {
        self.loginStepBegun = .now()
        self.login = SASLServer(mechanism, offer: self.machine.offer)
        guard let initialResponse else {
            self.step { $0.begin(initialResponse: nil) }
            return
        }
        guard let octets = Base64.decode(initialResponse.readableBytesUInt8Span) else {
            self.endLogin(.failed(.malformed))
            return
        }
        self.step { $0.begin(initialResponse: octets) }
    }

    func loginLineArrived(_ line: ByteBuffer) {
        self.loginStepBegun = .now()
        self.service.log.received("(left out)", .session, self.info.id.description)
        let bytes = line.readableBytesUInt8Span
        if bytes.count == 1 && bytes[0] == UInt8(ascii: "*") {
            self.endLogin(.failed(.cancelled))
        } else if let octets = Base64.decode(bytes) {
            self.step { $0.responseReceived(octets) }
        } else {
            self.endLogin(.failed(.malformed))
        }
    }

    private func step(_ event: (inout SASLServer) -> SASLServerAction) {
        guard var login = self.login else { preconditionFailure("a login goes on that never began") }
        let action = event(&login)
        self.login = login
        switch action {
        case .challenge(let octets):
            self.write(SMTPReply(334, nil, Base64.encode(octets)))
            self.framer.resume(.authResponse)
        case .verifyPassword(let claim):
            self.verify(claim)
        case .verifyCertificate(let authorizationIdentity):
            self.verifyCertificate(authorizationIdentity)
        case .findCredentials(let name):
            self.findCredentials(of: name)
        case .success(let identity):
            self.identityProved(identity)
        case .failure(let failure):
            self.endLogin(.failed(failure))
        }
    }

    // MARK: - Asking the directory

    private var loginOrigin: LoginOrigin { .network(self.info.countingKey) }

    private func verify(_ claim: PasswordClaim) {
        let session = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.isWaiting = true
        self.service.directory.authenticate(claim, from: self.loginOrigin) { [eventLoop] result in
            eventLoop.execute { session.value.passwordVerified(result) }
        }
    }

    private func passwordVerified(_ result: AuthenticationResult) {
        guard !self.isClosing, self.login != nil else { return }
        self.isWaiting = false
        switch result {
        case .accepted(let user):
            self.client.user = user
            self.step { $0.verificationEnded(.accepted) }
        case .denied:
            self.step { $0.verificationEnded(.denied) }
        case .unavailable:
            self.step { $0.verificationEnded(.unavailable) }
        }
        self.afterStep()
    }

    private func findCredentials(of name: String) {
        let session = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.isWaiting = true
        self.service.directory.scramCredentials(for: name, from: self.loginOrigin) { [eventLoop] credentials in
            eventLoop.execute {
                let session = session.value
                guard !session.isClosing, session.login != nil else { return }
                session.isWaiting = false
                session.step { $0.credentialsFound(credentials) }
                session.afterStep()
            }
        }
    }

    /// The certificate was verified in the handshake; the address in it says who the client is.
    private func verifyCertificate(_ authorizationIdentity: String?) {
        let addresses = self.clientCertificateAddresses
        let user = addresses.lazy.compactMap { address in
            self.service.directory.user(
                for: SASLIdentity(login: address, authorizationIdentity: authorizationIdentity)
            )
        }.first
        self.client.user = user
        self.step { $0.verificationEnded(user == nil ? .denied : .accepted) }
    }

    /// After SCRAM the name is proved and the directory says whose mail it is.
    private func identityProved(_ identity: SASLIdentity) {
        if self.client.user == nil { self.client.user = self.service.directory.user(for: identity) }
        self.endLogin(self.client.user == nil ? .failed(.denied) : .succeeded)
    }

    /// Whether the user's account has been removed or suspended since the login.
    var hasLostAccount: Bool { self.client.user.map { !self.service.directory.isActive($0) } ?? false }

    // MARK: - The end

    /// A refusal is held back for a while, so that guessing passwords is slow. The while counts from what the client
    /// said last, so that the answer does not tell by its time what it took to find. One that could not be judged is
    /// held back as well: who has so many waiting that no more are taken could else fill log and trace.
    func endLogin(_ outcome: SMTPSessionStateMachine.LoginOutcome) {
        let (mechanism, name) = (self.login?.mechanism.rawValue ?? "", self.login?.claimedName)
        self.login = nil
        let notes = LoginNotes(self.info, self.service.journal, self.service.log)
        guard case .failed(let failure) = outcome else {
            notes.accepted(self.client.user?.login ?? "", mechanism: mechanism)
            self.perform(self.machine.loginEnded(outcome))
            return
        }
        self.client.user = nil
        if let reason = failure.note { notes.failed(name, mechanism: mechanism, reason: reason) }
        guard failure.isAnsweredLate else {
            self.perform(self.machine.loginEnded(outcome))
            return
        }
        self.isWaiting = true
        let due = self.loginStepBegun + self.service.options.loginFailureDelay
        self.eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            guard !self.isClosing else { return }
            self.perform(self.machine.loginEnded(outcome))
            self.goOn()
        }
    }

    private func afterStep() {
        if self.isWaiting {
            self.flush()
        } else {
            self.goOn()
        }
    }
}

extension SASLFailure {
    fileprivate var isAnsweredLate: Bool {
        switch self {
        case .denied, .channelBindingMismatch, .unavailable: true
        case .cancelled, .malformed: false
        }
    }

    /// What trace and log say of it. One that the client gave up itself is no login: nothing bounds how often it may.
    fileprivate var note: String? {
        switch self {
        case .denied: "wrong name or password"
        case .channelBindingMismatch: "the channel binding differs"
        case .malformed: "malformed"
        case .cancelled: nil
        case .unavailable: "could not be judged"
        }
    }
}
