internal import Directory
internal import IMAPWire
internal import Logging
internal import MailBytes
internal import MailTypes
internal import NIOCore
internal import SASL
internal import Sessions
internal import Trace

/// LOGIN and AUTHENTICATE. RFC 9051 §6.2.2, §6.2.3, RFC 4959.
extension IMAPConnection {
    var directory: Directory { self.service.directory }
    var trace: TraceJournal { self.service.trace }
    var loginLog: Logger { self.service.logger }
    var allowsPasswords: Bool { self.machine.allowsPasswords }
    var loginDelay: Duration { self.service.configuration.session.loginDelay }

    /// A login that succeeded minutes ago is answered from memory, without a task.
    func logIn(_ tag: String, user: String, password: Secret) -> IMAPWork? {
        let remembered = self.directory.authenticateFromMemory(login: user, password: password)
        self.machine.authenticationBegan()
        self.loginTag = tag
        if case .accepted(let user) = remembered {
            self.welcome(user, mechanism: "LOGIN")
            return nil
        }
        return .login(.password(PasswordClaim(login: user, password: password), command: "LOGIN"))
    }

    func authenticate(_ tag: String, _ request: AuthenticateRequest) -> IMAPWork? {
        switch self.choose(request.mechanism) {
        case .offered(let mechanism):
            self.machine.authenticationBegan()
            self.loginTag = tag
            let response = request.initialResponse.map { Self.input(ByteBuffer(bytes: $0.bytes)) }
            return self.beginExchange(mechanism, response ?? .absent).map { .login($0) }
        case .needsEncryption:
            self.framer.resume(.commands)
            self.output.writeReply(tag, Reply(.needsEncryption))
        case .unknown:
            self.framer.resume(.commands)
            self.output.writeReply(tag, .unknownMechanism)
        }
        return nil
    }

    func authenticationLineReceived(_ line: ByteBuffer) -> IMAPWork? {
        self.continueExchange(Self.input(line)).map { .login($0) }
    }

    func writeChallenge(_ octets: [UInt8]) {
        self.output.writeContinuation(base64: Base64.encode(octets).utf8)
        self.framer.resume(.authentication)
    }

    func resumeCommands() {
        self.framer.resume(.commands)
    }

    // MARK: - The end of a login

    func welcome(_ user: AuthenticatedUser, mechanism: String) {
        guard self.machine.loginEnded(.accepted) == .welcome else { return }
        self.user = user
        self.framer.limits = self.service.configuration.wire
        self.output.writeTagged(self.loginTag, .ok, code: .capability(self.capabilities), "Logged in")
        self.traceLogin(user, mechanism: mechanism)
    }

    func refuse(_ refusal: LoginRefusal) {
        let action = self.machine.loginEnded(refusal.verdict)
        switch refusal {
        case .denied: self.output.writeReply(self.loginTag, .loginFailed)
        case .malformed: self.output.writeReply(self.loginTag, .loginMalformed)
        case .cancelled: self.output.writeReply(self.loginTag, .loginCancelled)
        case .unavailable: self.output.writeReply(self.loginTag, .loginUnavailable)
        }
        if action == .refuseThenClose { self.output.writeUntagged(.bye, "Too many failed logins") }
    }

    /// `=` stands for an empty response. RFC 4959 §3.
    private static func input(_ base64: ByteBuffer) -> SASLInput {
        if base64.readableBytes == 1, base64.getInteger(at: base64.readerIndex) == UInt8(ascii: "=") {
            return .octets([])
        }
        return SASLInput(base64: base64)
    }
}
