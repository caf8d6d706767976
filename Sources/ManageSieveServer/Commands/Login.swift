internal import Directory
internal import Logging
internal import ManageSieveWire
internal import NIOCore
internal import SASL
internal import Sessions
internal import Trace

/// AUTHENTICATE and UNAUTHENTICATE. RFC 5804 §2.1, §2.14.1.
extension ManageSieveConnection {
    var directory: Directory { self.service.directory }
    var trace: TraceJournal { self.service.trace }
    var loginLog: Logger { self.service.logger }
    var allowsPasswords: Bool { self.machine.allowsPasswords }
    var loginDelay: Duration { self.service.configuration.session.loginDelay }

    func authenticate(_ name: String, _ initialResponse: ByteBuffer?) -> ManageSieveWork? {
        switch self.choose(name) {
        case .offered(let mechanism):
            self.machine.authenticationBegan()
            let response = initialResponse.map { SASLInput(base64: $0) } ?? .absent
            return self.beginExchange(mechanism, response).map { .login($0) }
        case .needsEncryption:
            self.output.writeManageSieveReply(self.machine.announcesTLS ? .needsEncryption : .tooWeak)
        case .unknown:
            self.output.writeManageSieveReply(.unknownMechanism)
        }
        self.resumeCommands()
        return nil
    }

    func saslResponseReceived(_ line: ByteBuffer) -> ManageSieveWork? {
        let response = (try? ManageSieveCommandParser.parseSASLResponse(line)).map { SASLInput(base64: $0) }
        return self.continueExchange(response ?? .malformed).map { .login($0) }
    }

    func writeChallenge(_ octets: [UInt8]) {
        self.output.writeManageSieveChallenge(octets)
        self.framer.resume(.saslResponse)
    }

    func keepForSuccess(_ octets: [UInt8]) -> Bool {
        self.successData = octets
        return true
    }

    func resumeCommands() {
        if self.framer.isStopped { self.framer.resume(.commands) }
    }

    func welcome(_ user: AuthenticatedUser, mechanism: String) {
        let successData = self.takeSuccessData()
        guard self.machine.loginEnded(.accepted) else { return }
        self.user = user
        self.framer.takesScripts = true
        // As in the examples of RFC 5804 §2.1 there is no text behind the octets; some clients know no other form.
        self.output.writeManageSieveReply(successData.map { .done("", .sasl($0)) } ?? .done("Logged in"))
        self.traceLogin(user, mechanism: mechanism)
    }

    func refuse(_ refusal: LoginRefusal) {
        _ = self.takeSuccessData()
        let staysOpen = self.machine.loginEnded(refusal.verdict)
        switch refusal {
        case .denied: self.output.writeManageSieveReply(.loginFailed)
        case .malformed: self.output.writeManageSieveReply(.loginMalformed)
        case .cancelled: self.output.writeManageSieveReply(.loginCancelled)
        case .unavailable: self.output.writeManageSieveReply(.loginUnavailable)
        }
        if !staysOpen { self.output.writeManageSieveReply(.tooManyFailedLogins) }
    }

    /// TLS stays, all else is as before login.
    func unauthenticate() {
        self.machine.unauthenticated()
        self.transport.anonymousSince = .now()
        self.user = nil
        self.framer.takesScripts = false
        self.output.writeManageSieveReply(.loggedOut)
    }

    private func takeSuccessData() -> [UInt8]? {
        defer { self.successData = nil }
        return self.successData
    }
}
