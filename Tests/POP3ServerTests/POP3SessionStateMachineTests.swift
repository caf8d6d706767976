import MailTypes
import POP3Wire
import Sessions
import Testing

@testable import POP3Server

@Suite("POP3 session")
struct POP3SessionStateMachineTests {
    typealias Machine = POP3SessionStateMachine

    private func machine(encrypted: Bool = false, plaintext: Bool = true, tls: Bool = true) -> Machine {
        var limits = POP3SessionLimits()
        limits.errorsMax = 3
        limits.failedLoginsMax = 2
        return Machine(isEncrypted: encrypted, offersTLS: tls, allowsPlaintextLogin: plaintext, limits: limits)
    }

    private static let secret = POP3Command.pass(Secret("x"))

    @Test("a name, then its password, then mail")
    func login() {
        var session = self.machine()
        #expect(session.commandReceived(.stat) == .refuse(.needsLogin))
        #expect(session.commandReceived(.user("alice")) == .perform)
        #expect(session.commandReceived(Self.secret) == .verify(login: "alice"))
        #expect(session.loginEnded(.accepted) == true)
        #expect(session.isInTransaction)
        for command in [POP3Command.stat, .list(nil), .retr(1), .dele(1), .noop, .rset, .uidl(1), .top(1, lines: 0)] {
            #expect(session.commandReceived(command) == .perform)
        }
        #expect(session.commandReceived(.user("bob")) == .refuse(.onlyBeforeLogin))
        #expect(session.commandReceived(.stls) == .refuse(.onlyBeforeLogin))
        #expect(session.commandReceived(.quit) == .perform)
    }

    @Test("a password without a name is refused, and a refused login forgets the name")
    func passwordAlone() {
        var session = self.machine()
        #expect(session.commandReceived(Self.secret) == .refuse(.needsName))
        _ = session.commandReceived(.user("alice"))
        _ = session.commandReceived(Self.secret)
        #expect(session.loginEnded(.denied) == true)
        #expect(session.commandReceived(Self.secret) == .refuse(.needsName))
    }

    @Test("passwords wait for TLS where they must, and TLS forgets what was said before it")
    func encryption() {
        var session = self.machine(plaintext: false)
        #expect(session.commandReceived(.user("alice")) == .refuse(.needsEncryption))
        #expect(session.announcesTLS)
        #expect(session.commandReceived(.stls) == .perform)
        session.tlsStarted()
        #expect(!session.announcesTLS)
        #expect(session.commandReceived(Self.secret) == .refuse(.needsName))
        #expect(session.commandReceived(.stls) == .refuse(.alreadyEncrypted))
        #expect(session.commandReceived(.user("alice")) == .perform)

        var without = self.machine(tls: false)
        #expect(without.commandReceived(.stls) == .refuse(.encryptionUnavailable))
    }

    @Test("too many failed logins close the connection; cancelled ones do not count")
    func failedLogins() {
        var session = self.machine()
        for _ in 0..<5 {
            session.authenticationBegan()
            #expect(session.loginEnded(.abandoned) == true)
        }
        session.authenticationBegan()
        #expect(session.loginEnded(.denied) == true)
        session.authenticationBegan()
        #expect(session.loginEnded(.denied) == false)
        #expect(session.isClosed)
    }

    @Test("a program that only makes errors is sent away")
    func errors() {
        var session = self.machine()
        #expect(session.errorMade(.noSuchMessage) == .refuse(.noSuchMessage))
        #expect(session.commandReceived(.stat) == .refuse(.needsLogin))
        #expect(session.errorMade(.noSuchMessage) == .refuseThenClose(.tooManyErrors))
        #expect(session.isClosed)
    }

    @Test("a set of numbers holds what was put in")
    func numbers() {
        var numbers = MessageNumbers()
        #expect(!numbers.contains(1))
        for number in [1, 63, 64, 65, 1_000, 64] { numbers.insert(number) }
        #expect(numbers.count == 5)
        #expect((0...2_000).filter { numbers.contains($0) } == [1, 63, 64, 65, 1_000])
    }
}
