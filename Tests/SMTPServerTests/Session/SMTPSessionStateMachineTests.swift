import MailTypes
import NIOCore
import Reception
import SASL
import SMTPWire
import Testing

@testable import SMTPServer

@Suite("SMTP session")
struct SMTPSessionStateMachineTests {
    typealias Machine = SMTPSessionStateMachine

    static let sender = EnvelopeSender(reversePath: .address(EmailAddress(localPart: "a", domain: Domain("b.example"))))
    static let unknown = SMTPReply(550, "5.1.1", "No such user here")

    @Test("a refused recipient leaves the accepted one deliverable")
    func mixedRecipients() {
        var session = Machine.afterMail()
        #expect(session.commandReceived(.rcpt("c")) == .checkRecipient(.to("c")))
        #expect(session.recipientChecked(.accepted(.local("c"))) == .reply(.recipientAccepted))
        _ = session.commandReceived(.rcpt("x"))
        #expect(session.recipientChecked(.refused(Self.unknown)) == .reply(Self.unknown))
        #expect(session.recipients == [.local("c")])
        #expect(session.commandReceived(.data) == .receiveMessage(.startInput))
        #expect(session.messageEnded(.whole) == .deliver)
        #expect(session.deliveryFinished(.whole(.ok)) == .reply(.ok))
        #expect(session.state == .ready)
        #expect(session.sender == nil)
    }

    @Test("what comes before the greeting is refused and changes nothing")
    func beforeGreeting() {
        var session = Machine.test()
        #expect(session.commandReceived(.mail(Self.sender.reversePath, MailParameters())) == .reply(.greetFirst))
        #expect(session.commandReceived(.rcpt("c")) == .reply(.mailFirst))
        #expect(session.commandReceived(.data) == .reply(.mailFirst))
        #expect(session.commandReceived(.noop) == .reply(.ok))
        #expect(session.commandReceived(.rset) == .reply(.resetDone))
        #expect(session.state == .connected)
        #expect(session.commandReceived(.auth(mechanism: "PLAIN", initialResponse: nil)) == .reply(.greetFirst))
    }

    @Test("RCPT and DATA without MAIL, and MAIL within a message, are refused")
    func outOfOrder() {
        var session = Machine.afterGreeting()
        #expect(session.commandReceived(.rcpt("c")) == .reply(.mailFirst))
        #expect(session.commandReceived(.data) == .reply(.mailFirst))
        session = Machine.afterMail()
        #expect(session.commandReceived(.mail(.null, MailParameters())) == .reply(.nestedMail))
        #expect(session.sender == Self.sender)
    }

    @Test("DATA with every recipient refused is refused too and ends the message (RFC 5321 §3.3)")
    func noValidRecipients() {
        var session = Machine.afterMail()
        #expect(session.commandReceived(.data) == .reply(.noRecipients))
        #expect(session.state == .ready)
        session = Machine.afterMail(door: .lmtp)
        #expect(session.commandReceived(.data) == .reply(.noRecipientsLMTP))
    }

    @Test("recipients stop at the limit, and those before it stay")
    func recipientLimit() {
        var session = Machine.afterMail { $0.recipientsMax = 1 }
        _ = session.commandReceived(.rcpt("c"))
        _ = session.recipientChecked(.accepted(.local("c")))
        #expect(session.commandReceived(.rcpt("d")) == .reply(.tooManyRecipients))
        #expect(session.recipients.count == 1)
    }

    @Test("a size announced above the limit is refused at once")
    func announcedSize() {
        var session = Machine.afterGreeting { $0.messageOctetsMax = 1_000 }
        var parameters = MailParameters()
        parameters.size = 1_001
        #expect(session.commandReceived(.mail(.null, parameters)) == .reply(.messageTooLarge))
        parameters.size = 1_000
        #expect(
            session.commandReceived(.mail(.null, parameters))
                == .checkSender(EnvelopeSender(reversePath: .null, declaredSize: 1_000))
        )
    }

    @Test("a message's chunks are taken one by one and the last delivers")
    func chunks() {
        var session = Machine.afterRecipient()
        #expect(
            session.commandReceived(.bdat(octets: 5, isLast: false))
                == .receiveChunk(octets: 5, isFirst: true, isLast: false)
        )
        #expect(session.chunkEnded(.whole) == .reply(.chunkReceived(octets: 5)))
        #expect(session.commandReceived(.data) == .reply(.chunksBegun))
        #expect(session.commandReceived(.rcpt("d")) == .reply(.chunksBegun))
        #expect(
            session.commandReceived(.bdat(octets: 0, isLast: true))
                == .receiveChunk(octets: 0, isFirst: false, isLast: true)
        )
        #expect(session.chunkEnded(.whole) == .deliver)
        #expect(session.deliveryFinished(.whole(.ok)) == .reply(.ok))
    }

    @Test("an unwanted chunk is read to its end before it is answered")
    func unwantedChunk() {
        var session = Machine.afterGreeting()
        #expect(session.commandReceived(.bdat(octets: 9, isLast: true)) == .discardChunk(octets: 9))
        #expect(session.chunkDiscarded() == .reply(.chunkRefused))
        #expect(session.state == .ready)
        session = Machine.afterMail()
        #expect(session.commandReceived(.bdat(octets: 9, isLast: false)) == .discardChunk(octets: 9))
        #expect(session.chunkDiscarded() == .reply(.noRecipients))
        #expect(session.sender == nil)
    }

    @Test("chunks that together exceed the limit end the message, and the rest of them is thrown away")
    func chunksTooLarge() {
        var session = Machine.afterRecipient { $0.messageOctetsMax = 10 }
        _ = session.commandReceived(.bdat(octets: 8, isLast: false))
        _ = session.chunkEnded(.whole)
        #expect(session.commandReceived(.bdat(octets: 3, isLast: true)) == .discardChunk(octets: 3))
        #expect(session.chunkDiscarded() == .reply(.messageTooLarge))
        #expect(session.commandReceived(.bdat(octets: 3, isLast: true)) == .discardChunk(octets: 3))
        #expect(session.chunkDiscarded() == .reply(.chunkRefused))
    }

    @Test("LMTP answers for each recipient, and for each when the text is refused")
    func lmtpAnswers() {
        var session = Machine.afterRecipient(door: .lmtp)
        _ = session.commandReceived(.rcpt("d"))
        _ = session.recipientChecked(.accepted(.local("d")))
        var other = session
        _ = session.commandReceived(.data)
        #expect(session.messageEnded(.whole) == .deliver)
        #expect(session.deliveryFinished(.each([.ok, Self.unknown])) == .replies([.ok, Self.unknown]))
        _ = other.commandReceived(.data)
        #expect(other.messageEnded(.refused(.messageTooLarge)) == .replies([.messageTooLarge, .messageTooLarge]))
    }

    @Test(
        "lesson 7: after every point of refusal the envelope is empty and a new message can begin",
        arguments: RefusalPoint.allCases
    )
    func resetAfterRefusal(_ point: RefusalPoint) {
        var session = point.refusedSession()
        #expect(session.sender == nil)
        #expect(session.recipients.isEmpty)
        #expect(session.chunkedOctets == 0)
        #expect(session.state == .ready)
        #expect(session.commandReceived(.rcpt("d")) == .reply(.mailFirst))
        #expect(session.commandReceived(.data) == .reply(.mailFirst))
        #expect(session.commandReceived(.bdat(octets: 1, isLast: true)) == .discardChunk(octets: 1))
        #expect(session.chunkDiscarded() == .reply(.chunkRefused))
        #expect(
            session.commandReceived(.mail(Self.sender.reversePath, MailParameters())) == .checkSender(Self.sender)
        )
    }

    @Test("too many errors, and too many commands that move no mail, close the connection")
    func limits() {
        var session = Machine.afterGreeting { $0.errorsMax = 2 }
        let error = SMTPSyntaxError(.unknownCommand, at: 0)
        #expect(session.syntaxErrorFound(error) == .reply(error.reply))
        #expect(session.commandReceived(.data) == .reply(.mailFirst))
        #expect(session.syntaxErrorFound(error) == .repliesThenClose([.tooManyErrors]))
        session = Machine.afterGreeting { $0.idleCommandsMax = 2 }
        #expect(session.commandReceived(.noop) == .reply(.ok))
        #expect(session.commandReceived(.noop) == .repliesThenClose([.tooManyIdleCommands]))
    }

    @Test("recipients that are refused are counted like errors, as long as no message is taken between")
    func guessedRecipients() {
        var session = Machine.afterMail { $0.errorsMax = 2 }
        for name in ["x", "y"] {
            _ = session.commandReceived(.rcpt(name))
            #expect(session.recipientChecked(.refused(Self.unknown)) == .reply(Self.unknown))
        }
        var other = session
        _ = session.commandReceived(.rcpt("z"))
        #expect(session.recipientChecked(.refused(Self.unknown)) == .repliesThenClose([.tooManyErrors]))

        _ = other.commandReceived(.rcpt("c"))
        _ = other.recipientChecked(.accepted(.local("c")))
        _ = other.commandReceived(.data)
        _ = other.messageEnded(.whole)
        _ = other.deliveryFinished(.whole(.ok))
        _ = other.commandReceived(.mail(Self.sender.reversePath, MailParameters()))
        _ = other.senderChecked(nil)
        _ = other.commandReceived(.rcpt("z"))
        #expect(other.recipientChecked(.refused(Self.unknown)) == .reply(Self.unknown))
    }

    @Test("whoever is known may have as many recipients refused as a message may have", arguments: [true, false])
    func knownClients(_ isLMTP: Bool) {
        var facts = SMTPSessionFacts(isEncrypted: false, canStartTLS: true, isLoopback: false)
        facts.isTrusted = !isLMTP
        var session = Machine.afterGreeting(door: isLMTP ? .lmtp : .exchange, facts: facts) {
            $0.errorsMax = 2
            $0.recipientsMax = 100
        }
        _ = session.commandReceived(.mail(Self.sender.reversePath, MailParameters()))
        _ = session.senderChecked(nil)
        for _ in 0..<100 {
            _ = session.commandReceived(.rcpt("x"))
            #expect(session.recipientChecked(.refused(Self.unknown)) == .reply(Self.unknown))
        }
        _ = session.commandReceived(.rcpt("x"))
        #expect(session.recipientChecked(.refused(Self.unknown)) == .repliesThenClose([.tooManyErrors]))
    }

    @Test("nothing can be asked for without end: each answer that brings no message nearer is counted")
    func endlessCommands() {
        let ways: [(String, Machine, [SMTPCommand])] = [
            ("no recipients", .afterGreeting(), [Self.mail, .data]),
            ("chunks without recipients", .afterGreeting(), [Self.mail, .bdat(octets: 0, isLast: false)]),
            ("empty chunks", .afterRecipient(), [.bdat(octets: 0, isLast: false)]),
            ("recipients beyond the limit", .afterRecipient { $0.recipientsMax = 1 }, [.rcpt("d")]),
            ("too large", .afterGreeting { $0.messageOctetsMax = 1 }, [Self.largeMail]),
        ]
        for (way, start, commands) in ways {
            var session = start
            var rounds = 0
            while session.state != .closed, rounds < 10_000 {
                rounds += 1
                for command in commands where session.state != .closed {
                    switch session.commandReceived(command) {
                    case .checkSender: _ = session.senderChecked(nil)
                    case .receiveChunk: _ = session.chunkEnded(.whole)
                    case .discardChunk: _ = session.chunkDiscarded()
                    default: break
                    }
                }
            }
            #expect(session.state == .closed, "\(way)")
        }
    }

    @Test("messages that are refused are counted, and each recipient is answered before the connection closes")
    func refusedMessages() {
        var session = Machine.afterRecipient(door: .lmtp) {
            $0.errorsMax = 1
            $0.recipientsMax = 1
        }
        _ = session.commandReceived(.data)
        #expect(session.messageEnded(.refused(.bareLineEnd)) == .reply(.bareLineEnd))
        _ = session.commandReceived(Self.mail)
        _ = session.senderChecked(nil)
        _ = session.commandReceived(.rcpt("c"))
        _ = session.recipientChecked(.accepted(.local("c")))
        _ = session.commandReceived(.data)
        #expect(session.messageEnded(.refused(.bareLineEnd)) == .repliesThenClose([.bareLineEnd, .tooManyErrors]))
    }

    private static var mail: SMTPCommand { .mail(Self.sender.reversePath, MailParameters()) }

    private static var largeMail: SMTPCommand {
        var parameters = MailParameters()
        parameters.size = 2
        return .mail(Self.sender.reversePath, parameters)
    }

    @Test("a chunk command that cannot be read closes the connection, since its length is unknown")
    func brokenChunkCommand() {
        var session = Machine.afterRecipient()
        let error = SMTPSyntaxError(.arguments, at: 5)
        #expect(session.syntaxErrorFound(error, isChunk: true) == .repliesThenClose([error.reply]))
    }

    @Test("VRFY tells nothing, EXPN is refused, HELP helps")
    func inquiries() {
        var session = Machine.afterGreeting()
        #expect(session.commandReceived(.vrfy("alice")) == .reply(.cannotVerify))
        #expect(session.commandReceived(.expn("list")) == .reply(.expansionRefused))
        guard case .reply(let reply) = session.commandReceived(.help(nil)) else { return #expect(Bool(false)) }
        #expect(reply.code == 214)
    }
}

/// Each place where a message can be refused.
enum RefusalPoint: CaseIterable {
    case sender
    case declaredSize
    case noRecipients
    case text
    case firstChunk
    case laterChunk
    case lastChunk
    case chunkSize
    case chunkWithoutRecipients
    case delivery
    case reset
    case greeting

    func refusedSession() -> SMTPSessionStateMachine {
        var session = SMTPSessionStateMachine.afterRecipient { $0.messageOctetsMax = 100 }
        let no = SMTPReply(550, "5.7.1", "No")
        switch self {
        case .sender:
            session = .afterGreeting()
            _ = session.commandReceived(.mail(.null, MailParameters()))
            _ = session.senderChecked(no)
        case .declaredSize:
            session = .afterGreeting { $0.messageOctetsMax = 1 }
            var parameters = MailParameters()
            parameters.size = 2
            _ = session.commandReceived(.mail(.null, parameters))
        case .noRecipients:
            session = .afterMail()
            _ = session.commandReceived(.data)
        case .text:
            _ = session.commandReceived(.data)
            _ = session.messageEnded(.refused(no))
        case .firstChunk, .laterChunk, .lastChunk:
            if self != .firstChunk {
                _ = session.commandReceived(.bdat(octets: 1, isLast: false))
                _ = session.chunkEnded(.whole)
            }
            _ = session.commandReceived(.bdat(octets: 1, isLast: self == .lastChunk))
            _ = session.chunkEnded(.refused(no))
        case .chunkSize:
            _ = session.commandReceived(.bdat(octets: 101, isLast: false))
            _ = session.chunkDiscarded()
        case .chunkWithoutRecipients:
            session = .afterMail()
            _ = session.commandReceived(.bdat(octets: 1, isLast: true))
            _ = session.chunkDiscarded()
        case .delivery:
            _ = session.commandReceived(.data)
            _ = session.messageEnded(.whole)
            _ = session.deliveryFinished(.whole(no))
        case .reset:
            _ = session.commandReceived(.rset)
        case .greeting:
            _ = session.commandReceived(.ehlo("again.example"))
        }
        return session
    }
}

extension SMTPSessionStateMachine {
    static func test(
        door: ReceptionDoor = .exchange,
        facts: SMTPSessionFacts = SMTPSessionFacts(isEncrypted: false, canStartTLS: true, isLoopback: false),
        _ tune: (inout SMTPServerOptions) -> Void = { _ in }
    ) -> Self {
        var options = SMTPServerOptions(door: door, hostName: "mail.example")
        tune(&options)
        return Self(options: options, facts: facts)
    }

    static func afterGreeting(
        door: ReceptionDoor = .exchange,
        facts: SMTPSessionFacts = SMTPSessionFacts(isEncrypted: false, canStartTLS: true, isLoopback: false),
        _ tune: (inout SMTPServerOptions) -> Void = { _ in }
    ) -> Self {
        var session = Self.test(door: door, facts: facts, tune)
        _ = session.commandReceived(door == .lmtp ? .lhlo("c.example") : .ehlo("c.example"))
        return session
    }

    static func afterMail(
        door: ReceptionDoor = .exchange,
        _ tune: (inout SMTPServerOptions) -> Void = { _ in }
    ) -> Self {
        var session = Self.afterGreeting(door: door, tune)
        let path = SMTPSessionStateMachineTests.sender.reversePath
        _ = session.commandReceived(.mail(path, MailParameters()))
        _ = session.senderChecked(nil)
        return session
    }

    static func afterRecipient(
        door: ReceptionDoor = .exchange,
        _ tune: (inout SMTPServerOptions) -> Void = { _ in }
    ) -> Self {
        var session = Self.afterMail(door: door, tune)
        _ = session.commandReceived(.rcpt("c"))
        _ = session.recipientChecked(.accepted(.local("c")))
        return session
    }
}

extension SMTPCommand {
    static func rcpt(_ name: String) -> Self { .rcpt(EnvelopeRecipient.to(name).path, RcptParameters()) }
}

extension EnvelopeRecipient {
    static func to(_ name: String) -> Self {
        Self(path: .address(EmailAddress(localPart: name, domain: Domain("d.example"))))
    }
}

extension AcceptedRecipient {
    static func local(_ name: String) -> Self {
        Self(recipient: .to(name), accounts: [], others: [.to(name)])
    }
}
