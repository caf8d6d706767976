internal import Directory
internal import Logging
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import POP3Wire
internal import SASL
internal import Sessions
internal import Trace

/// USER, PASS and AUTH. RFC 1939 §7, RFC 5034.
///
/// A login that succeeds takes the maildrop, or fails because another session has it.
extension POP3Connection {
    var directory: Directory { self.service.directory }
    var trace: TraceJournal { self.service.trace }
    var loginLog: Logger { self.service.logger }
    var allowsPasswords: Bool { self.machine.allowsPasswords }
    var loginDelay: Duration { self.service.configuration.session.loginDelay }

    func logIn(_ login: String, _ password: Secret) -> POP3Work? {
        .login(.password(PasswordClaim(login: login, password: password), command: "USER"))
    }

    func authenticate(_ name: String?, _ initialResponse: ByteBuffer?) -> POP3Work? {
        guard let name else {
            self.framer.resume(.commands)
            self.listMechanisms()
            return nil
        }
        switch self.choose(name) {
        case .offered(let mechanism):
            self.machine.authenticationBegan()
            let work = self.beginExchange(mechanism, initialResponse.map { SASLInput(base64: $0) } ?? .absent)
            return work.map { .login($0) }
        case .needsEncryption:
            self.framer.resume(.commands)
            self.output.writePOP3Reply(.needsEncryption)
        case .unknown:
            self.framer.resume(.commands)
            self.output.writePOP3Reply(.unknownMechanism)
        }
        return nil
    }

    func authResponseReceived(_ response: SASLInput) -> POP3Work? {
        self.continueExchange(response).map { .login($0) }
    }

    /// AUTH alone asks for the mechanisms, as clients did before CAPA.
    private func listMechanisms() {
        self.output.writePOP3Reply(.done("Mechanisms follow"))
        for mechanism in self.saslOffer.mechanisms {
            self.output.writeString(mechanism.rawValue)
            self.output.writeStaticString("\r\n")
        }
        self.output.writePOP3End()
    }

    func writeChallenge(_ octets: [UInt8]) {
        self.output.writePOP3Challenge(octets)
        self.framer.resume(.authResponse)
    }

    func resumeCommands() {
        self.framer.resumeIfStopped()
    }

    // MARK: - The end of a login

    func welcome(_ user: AuthenticatedUser, mechanism: String) async {
        guard let lock = self.service.store.lockMaildrop(user.account) else {
            return self.abandonLogin(.maildropInUse)
        }
        let maildrop: Maildrop
        do {
            maildrop = try await self.openMaildrop(user, lock)
        } catch {
            lock.release()
            self.noteFailure(error, doing: "login")
            return self.abandonLogin(.maildropUnavailable)
        }
        guard !self.machine.isClosed else { return maildrop.release() }
        self.maildrop = maildrop
        _ = self.machine.loginEnded(.accepted)
        self.output.writePOP3Reply(.done("\(maildrop.count) messages (\(maildrop.octetsLeft) octets)"))
        self.traceLogin(user, mechanism: mechanism)
    }

    private func openMaildrop(_ user: AuthenticatedUser, _ lock: MaildropLock) async throws -> Maildrop {
        let store = self.service.store
        guard let live = try await store.open(.inbox, of: user.account) else { throw MailStoreError.noSuchMailbox }
        let state = try await live.state()
        var messages: [StoredMessageID] = []
        messages.reserveCapacity(state.count)
        state.forEach(in: 0..<state.count) { messages.append($0.message) }
        messages.sort()
        let octetsInLines = try await store.read(of: user.account) { [messages] in
            try $0.octetsInLines(of: messages)
        }
        return Maildrop(user: user, live.summary, state, octetsInLines: octetsInLines, lock)
    }

    private func abandonLogin(_ reply: POP3Reply) {
        guard !self.machine.isClosed else { return }
        _ = self.machine.loginEnded(.abandoned)
        self.output.writePOP3Reply(reply)
    }

    func refuse(_ refusal: LoginRefusal) {
        _ = self.machine.loginEnded(refusal.verdict)
        switch refusal {
        case .denied: self.output.writePOP3Reply(.loginFailed)
        case .malformed: self.output.writePOP3Reply(.loginMalformed)
        case .cancelled: self.output.writePOP3Reply(.loginCancelled)
        case .unavailable: self.output.writePOP3Reply(.loginUnavailable)
        }
    }
}
