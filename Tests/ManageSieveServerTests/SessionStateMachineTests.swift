import ManageSieveWire
import NIOCore
import Sessions
import Testing

@testable import ManageSieveServer

@Suite("ManageSieve session")
struct SessionStateMachineTests {
    typealias Machine = ManageSieveSessionStateMachine

    private func machine(encrypted: Bool = false, plaintext: Bool = true, tls: Bool = true) -> Machine {
        var limits = ManageSieveSessionLimits()
        limits.errorsBeforeLoginMax = 4
        limits.errorsMax = 4
        limits.failedLoginsMax = 2
        return Machine(isEncrypted: encrypted, offersTLS: tls, allowsPlaintextLogin: plaintext, limits: limits)
    }

    private static let login = ManageSieveCommand.authenticate(mechanism: "PLAIN", initialResponse: nil)

    @Test("scripts are to be had after login only, and not after UNAUTHENTICATE")
    func order() throws {
        let name = try #require(ManageSieveScriptName("a"))
        let commands: [ManageSieveCommand] = [
            .haveSpace(name, octets: 1), .putScript(name, ByteBuffer()), .listScripts, .setActive(nil),
            .getScript(name), .deleteScript(name), .renameScript(name, to: name), .checkScript(ByteBuffer()),
            .unauthenticate,
        ]
        for command in commands {
            var session = self.machine()
            #expect(session.commandReceived(command) == .refuse(.needsLogin))
            #expect(session.commandReceived(Self.login) == .perform)
            session.authenticationBegan()
            #expect(session.loginEnded(.accepted) == true)
            #expect(session.commandReceived(command) == .perform)
            #expect(session.commandReceived(Self.login) == .refuse(.onlyBeforeLogin))
            #expect(session.commandReceived(.startTLS) == .refuse(.onlyBeforeLogin))
            session.unauthenticated()
            #expect(session.commandReceived(command) == .refuse(.needsLogin))
            #expect(session.commandReceived(Self.login) == .perform)
        }
    }

    @Test("TLS is announced where it can be begun")
    func encryption() {
        var session = self.machine(plaintext: false)
        #expect(session.announcesTLS && !session.allowsPasswords)
        #expect(session.commandReceived(.startTLS) == .perform)
        session.tlsStarted()
        #expect(!session.announcesTLS && session.allowsPasswords)
        #expect(session.commandReceived(.startTLS) == .refuse(.alreadyEncrypted))
        var without = self.machine(tls: false)
        #expect(!without.announcesTLS)
        #expect(without.commandReceived(.startTLS) == .refuse(.encryptionUnavailable))
    }

    @Test("errors are counted, a login forgives them, and too many close")
    func errors() {
        var session = self.machine()
        let error = ManageSieveSyntaxError(.string, at: 0).reply
        #expect(session.errorMade(error) == .refuse(error))
        #expect(session.commandReceived(.listScripts) == .refuse(.needsLogin))
        session.authenticationBegan()
        #expect(session.loginEnded(.accepted) == true)
        for _ in 0..<3 { #expect(session.errorMade(error) == .refuse(error)) }
        // A script that is too large is no error of a program's.
        #expect(session.errorMade(.scriptTooLarge) == .refuse(.scriptTooLarge))
        #expect(session.errorMade(error) == .close(.tooManyErrors))
        #expect(session.isClosed)
    }

    @Test("failed logins are counted across UNAUTHENTICATE, cancelled ones are not")
    func logins() {
        var session = self.machine()
        for _ in 0..<5 {
            session.authenticationBegan()
            #expect(session.loginEnded(.abandoned) == true)
        }
        session.authenticationBegan()
        #expect(session.loginEnded(.denied) == true)
        session.authenticationBegan()
        #expect(session.loginEnded(.accepted) == true)
        session.unauthenticated()
        session.authenticationBegan()
        #expect(session.loginEnded(.denied) == false)
        #expect(session.isClosed)
    }

    @Test("a session that has ended ignores what becomes of a login")
    func ended() {
        var session = self.machine()
        session.authenticationBegan()
        session.closed()
        #expect(session.loginEnded(.accepted) == false)
        #expect(session.isClosed && !session.isAuthenticated)
    }
}
