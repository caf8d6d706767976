import MailTypes
import NIOCore
import Reception
import SASL
import SMTPWire
import Testing

@testable import SMTPServer

@Suite("SMTP session: TLS and login")
struct SMTPSessionLoginTests {
    static let clear = SMTPSessionFacts(isEncrypted: false, canStartTLS: true, isLoopback: false)
    static let encrypted = SMTPSessionFacts(isEncrypted: true, canStartTLS: false, isLoopback: false)
    static let loopback = SMTPSessionFacts(isEncrypted: false, canStartTLS: false, isLoopback: true)

    private static func auth(_ mechanism: String) -> SMTPCommand {
        .auth(mechanism: mechanism, initialResponse: nil)
    }

    @Test("submission asks for TLS first, then for a login, then takes mail")
    func submission() {
        var session = SMTPSessionStateMachine.afterGreeting(door: .submission, facts: Self.clear)
        let mail = SMTPCommand.mail(.null, MailParameters())
        #expect(session.commandReceived(mail) == .reply(.tlsRequired))
        #expect(session.commandReceived(Self.auth("PLAIN")) == .reply(.tlsRequired))
        session = .afterGreeting(door: .submission, facts: Self.encrypted)
        #expect(session.commandReceived(mail) == .reply(.authenticationRequired))
        #expect(session.commandReceived(Self.auth("PLAIN")) == .authenticate(.plain, initialResponse: nil))
        #expect(session.loginEnded(.succeeded) == .reply(.loginAccepted))
        #expect(session.commandReceived(Self.auth("PLAIN")) == .reply(.loggedIn))
        #expect(session.commandReceived(mail) == .checkSender(EnvelopeSender(reversePath: .null)))
    }

    @Test("passwords cross loopback in the clear only where that is allowed")
    func loopback() {
        var session = SMTPSessionStateMachine.afterGreeting(door: .submission, facts: Self.loopback)
        #expect(session.commandReceived(Self.auth("LOGIN")) == .reply(.tlsRequired))
        session = .afterGreeting(door: .submission, facts: Self.loopback) { $0.allowsPlaintextOnLoopback = true }
        #expect(session.commandReceived(Self.auth("LOGIN")) == .authenticate(.login, initialResponse: nil))
        session = .afterGreeting(door: .submission, facts: Self.clear) { $0.allowsPlaintextOnLoopback = true }
        #expect(session.commandReceived(Self.auth("LOGIN")) == .reply(.tlsRequired))
    }

    @Test(
        "mechanisms that are unknown or need what is not there are refused",
        arguments: [
            "CRAM-MD5", "EXTERNAL", "SCRAM-SHA-256-PLUS",
        ]
    )
    func mechanisms(_ name: String) {
        var session = SMTPSessionStateMachine.afterGreeting(door: .submission, facts: Self.encrypted)
        #expect(session.commandReceived(Self.auth(name)) == .reply(.mechanismUnknown))
    }

    @Test("failed logins close the connection at the limit; cancelled ones do not count")
    func failures() {
        var session = SMTPSessionStateMachine.afterGreeting(door: .submission, facts: Self.encrypted) {
            $0.loginFailuresMax = 2
        }
        let attempt: (inout SMTPSessionStateMachine, SASLFailure) -> SMTPSessionStateMachine.Action = {
            session,
            failure in
            _ = session.commandReceived(Self.auth("PLAIN"))
            return session.loginEnded(.failed(failure))
        }
        #expect(attempt(&session, .cancelled) == .reply(SMTPReply(.cancelled)))
        #expect(attempt(&session, .unavailable) == .reply(SMTPReply(.unavailable)))
        #expect(attempt(&session, .denied) == .reply(SMTPReply(.denied)))
        #expect(attempt(&session, .denied) == .repliesThenClose([.tooManyLoginFailures]))
    }

    @Test("STARTTLS forgets all that was said before it (RFC 3207 §4.2)")
    func startTLS() {
        var session = SMTPSessionStateMachine.afterRecipient()
        #expect(session.commandReceived(.startTLS) == .startTLS(.readyForTLS))
        #expect(session.sender == nil)
        session.tlsStarted(Self.encrypted)
        #expect(session.state == .connected)
        #expect(session.commandReceived(.mail(.null, MailParameters())) == .reply(.greetFirst))
        _ = session.commandReceived(.ehlo("c.example"))
        #expect(session.commandReceived(.startTLS) == .reply(.tlsActive))
    }

    @Test("what is announced fits the connection")
    func announcements() {
        let lines: (ReceptionDoor, SMTPSessionFacts) -> [String] = { door, facts in
            SMTPSessionStateMachine.afterGreeting(door: door, facts: facts).capabilities.lines
        }
        #expect(lines(.exchange, Self.clear).contains("STARTTLS"))
        #expect(!lines(.exchange, Self.encrypted).contains("STARTTLS"))
        #expect(!lines(.submission, Self.clear).contains { $0.hasPrefix("AUTH") })
        #expect(lines(.submission, Self.encrypted).contains("AUTH SCRAM-SHA-256 PLAIN LOGIN"))
        #expect(!lines(.lmtp, Self.encrypted).contains { $0.hasPrefix("AUTH") || $0 == "DSN" })
        for door in [ReceptionDoor.exchange, .submission, .lmtp] {
            let all = lines(door, Self.clear)
            for word in ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8", "CHUNKING", "HELP"] {
                #expect(all.contains(word), "\(door) lacks \(word)")
            }
            #expect(all.contains { $0.hasPrefix("SIZE ") })
        }
    }

    @Test("logins that the client gives up itself are counted as commands that move no mail")
    func cancelledWithoutEnd() {
        var session = SMTPSessionStateMachine.afterGreeting(facts: Self.encrypted) { $0.idleCommandsMax = 2 }
        _ = session.commandReceived(Self.auth("PLAIN"))
        #expect(session.loginEnded(.failed(.cancelled)) == .reply(SMTPReply(.cancelled)))
        _ = session.commandReceived(Self.auth("PLAIN"))
        #expect(session.loginEnded(.failed(.cancelled)) == .repliesThenClose([.tooManyIdleCommands]))
    }
}
