import MailTypes
import NIOCore
import Testing

@testable import SMTPWire

@Suite("SMTP client session")
struct SMTPClientStateMachineTests {
    typealias Machine = SMTPClientStateMachine

    static let ready220 = SMTPReply(220, nil, "mx.example ESMTP")
    static let unknown = SMTPReply(550, "5.1.1", "No such user")
    static let queued = SMTPReply(250, "2.0.0", "Queued")
    static let bob = EnvelopeRecipient(path: .address(EmailAddress(localPart: "bob", domain: Domain("b.example"))))
    static let eve = EnvelopeRecipient(path: .address(EmailAddress(localPart: "eve", domain: Domain("b.example"))))

    static func sender(_ change: (inout EnvelopeSender) -> Void = { _ in }) -> EnvelopeSender {
        var sender = EnvelopeSender(
            reversePath: .address(EmailAddress(localPart: "al", domain: Domain("a.example")))
        )
        change(&sender)
        return sender
    }

    static func transaction(_ recipients: [EnvelopeRecipient] = [bob]) -> SMTPTransaction {
        SMTPTransaction(sender: Self.sender(), recipients: recipients, octets: 100)
    }

    @Test("says EHLO, sends a pipelined envelope, the text, and is ready for the next")
    func pipelined() {
        var session = Machine.idle(["PIPELINING", "SIZE 1000"])
        #expect(
            session.transactionRequested(Self.transaction([Self.bob, Self.eve])).sent
                == "MAIL FROM:<al@a.example> SIZE=100\r\nRCPT TO:<bob@b.example>\r\nRCPT TO:<eve@b.example>\r\nDATA\r\n"
        )
        #expect(session.replyReceived(.ok) == .wait)
        #expect(session.replyReceived(.ok) == .wait)
        #expect(session.replyReceived(Self.unknown) == .wait)
        #expect(session.replyTimeout == .seconds(120))
        #expect(session.replyReceived(.startInput) == .sendBody)
        #expect(session.replyTimeout == .seconds(180))
        #expect(session.bodySent() == .wait)
        #expect(session.replyTimeout == .seconds(600))
        let result = SMTPTransactionResult(
            outcomes: [
                SMTPRecipientOutcome(stage: .endOfData, reply: Self.queued),
                SMTPRecipientOutcome(stage: .rcpt, reply: Self.unknown),
            ],
            isSessionReusable: true
        )
        #expect(session.replyReceived(Self.queued) == .finished(result))
        #expect(result.outcomes.map(\.isDelivered) == [true, false])
        #expect(session.isIdle)
        #expect(session.transactionRequested(Self.transaction()).sent?.hasPrefix("MAIL FROM") == true)
    }

    @Test("without PIPELINING asks one question after another")
    func stepByStep() {
        var session = Machine.idle([])
        #expect(
            session.transactionRequested(Self.transaction([Self.bob, Self.eve])).sent == "MAIL FROM:<al@a.example>\r\n"
        )
        #expect(session.replyReceived(.ok).sent == "RCPT TO:<bob@b.example>\r\n")
        #expect(session.replyReceived(.ok).sent == "RCPT TO:<eve@b.example>\r\n")
        #expect(session.replyReceived(Self.unknown).sent == "DATA\r\n")
        #expect(session.replyReceived(.startInput) == .sendBody)
    }

    @Test("lesson 7: an envelope that was left open is reset before the next one")
    func resetAfterRefusal() {
        var session = Machine.idle([])
        _ = session.transactionRequested(Self.transaction())
        #expect(session.replyReceived(.ok).sent == "RCPT TO:<bob@b.example>\r\n")
        #expect(session.replyReceived(Self.unknown).outcomes?.map(\.stage) == [.rcpt])
        #expect(session.transactionRequested(Self.transaction()).sent == "RSET\r\n")
        #expect(session.replyReceived(.ok).sent == "MAIL FROM:<al@a.example>\r\n")
        // Refused at MAIL: no envelope was opened, so there is none to reset.
        #expect(session.replyReceived(SMTPReply(451, "4.3.0", "Later")).outcomes?.map(\.stage) == [.mail])
        #expect(session.transactionRequested(Self.transaction()).sent == "MAIL FROM:<al@a.example>\r\n")
    }

    @Test("lesson 7: an envelope stays to be reset where the next message is decided without asking the server")
    func resetAfterLocalRefusal() {
        var session = Machine.idle([])
        _ = session.transactionRequested(Self.transaction())
        _ = session.replyReceived(.ok)
        #expect(session.replyReceived(Self.unknown).outcomes?.map(\.stage) == [.rcpt])
        let international = EnvelopeRecipient(
            path: .address(EmailAddress(localPart: "müller", domain: Domain("b.example")))
        )
        let decided = session.transactionRequested(Self.transaction([international]))
        #expect(decided.outcomes?.map(\.stage) == [.requirements])
        #expect(session.transactionRequested(Self.transaction()).sent == "RSET\r\n")
    }

    @Test("a DATA granted with no recipient is ended at once, and delivers nothing (RFC 2920 §3.1)")
    func grantedForNobody() {
        var session = Machine.idle(["PIPELINING"])
        _ = session.transactionRequested(Self.transaction())
        _ = session.replyReceived(.ok)
        #expect(session.replyReceived(Self.unknown) == .wait)
        #expect(session.replyReceived(.startInput).sent == ".\r\n")
        let outcomes = session.replyReceived(Self.queued).outcomes
        #expect(outcomes?.map(\.isDelivered) == [false])
        #expect(outcomes?.map(\.reply) == [Self.unknown])
    }

    @Test("MAIL refused decides for everybody, and the pipelined rest is waited for")
    func mailRefused() {
        var session = Machine.idle(["PIPELINING"])
        _ = session.transactionRequested(Self.transaction())
        let later = SMTPReply(451, "4.7.1", "Greylisted")
        #expect(session.replyReceived(later) == .wait)
        #expect(session.replyReceived(.badSequence) == .wait)
        #expect(session.replyReceived(.badSequence).outcomes == [SMTPRecipientOutcome(stage: .mail, reply: later)])
    }

    @Test("LMTP answers for each recipient it took, in order (RFC 2033 §4.2)")
    func lmtp() {
        var session = Machine.idle(["PIPELINING"], dialect: .lmtp)
        _ = session.transactionRequested(Self.transaction([Self.bob, Self.eve, Self.bob]))
        _ = session.replyReceived(.ok)
        _ = session.replyReceived(.ok)
        _ = session.replyReceived(Self.unknown)
        _ = session.replyReceived(.ok)
        #expect(session.replyReceived(.startInput) == .sendBody)
        _ = session.bodySent()
        #expect(session.replyReceived(Self.queued) == .wait)
        let full = SMTPReply(452, "4.2.2", "Mailbox full")
        #expect(
            session.replyReceived(full).outcomes == [
                SMTPRecipientOutcome(stage: .endOfData, reply: Self.queued),
                SMTPRecipientOutcome(stage: .rcpt, reply: Self.unknown),
                SMTPRecipientOutcome(stage: .endOfData, reply: full),
            ]
        )
    }

    @Test("LMTP: who was answered before the connection was lost stays answered")
    func lmtpLost() {
        var session = Machine.idle(["PIPELINING"], dialect: .lmtp)
        _ = session.transactionRequested(Self.transaction([Self.bob, Self.eve]))
        for _ in 0..<3 { _ = session.replyReceived(.ok) }
        _ = session.replyReceived(.startInput)
        _ = session.bodySent()
        _ = session.replyReceived(Self.queued)
        let outcomes = session.connectionLost().outcomes
        #expect(outcomes?.map(\.isDelivered) == [true, false])
        #expect(outcomes?.last?.reply.isTransientFailure == true)
        #expect(outcomes?.last?.isLocal == true)
    }

    @Test("421 ends the session wherever it comes", arguments: 0..<5)
    func serviceClosed(_ answers: Int) {
        var session = Machine.idle(["PIPELINING"])
        _ = session.transactionRequested(Self.transaction())
        for reply in [SMTPReply.ok, .ok, .startInput].prefix(answers) {
            if session.replyReceived(reply) == .sendBody { break }
        }
        if answers == 4 { _ = session.bodySent() }
        guard case .finished(let result) = session.replyReceived(.shuttingDown) else {
            Issue.record("421 did not finish the transaction")
            return
        }
        #expect(!result.isSessionReusable)
        #expect(result.outcomes.map(\.reply) == [.shuttingDown])
    }

    @Test("421 outside a transaction, a lost connection and a late answer end the session")
    func failures() {
        var greeting = Machine(.init(dialect: .smtp, helloName: "c.example"))
        #expect(greeting.replyReceived(.shuttingDown) == .failed(.refused(.shuttingDown)))
        var lost = Machine(.init(dialect: .smtp, helloName: "c.example"))
        #expect(lost.connectionLost() == .failed(.connectionLost))
        var late = Machine(.init(dialect: .smtp, helloName: "c.example"))
        #expect(late.timedOut() == .failed(.timedOut))
        var unasked = Machine.idle([])
        #expect(unasked.replyReceived(.ok) == .failed(.protocolViolated))
        var refused = Machine(.init(dialect: .smtp, helloName: "c.example"))
        let no = SMTPReply(554, "5.7.1", "Go away")
        #expect(refused.replyReceived(no) == .failed(.refused(no)))
    }

    @Test("an answer before the text has ended never counts as delivered")
    func earlyAnswer() {
        var session = Machine.idle([])
        _ = session.transactionRequested(Self.transaction())
        _ = session.replyReceived(.ok)
        _ = session.replyReceived(.ok)
        #expect(session.replyReceived(.startInput) == .sendBody)
        #expect(session.replyReceived(Self.queued).outcomes?.map(\.isDelivered) == [false])

        var refusing = Machine.idle([])
        _ = refusing.transactionRequested(Self.transaction())
        _ = refusing.replyReceived(.ok)
        _ = refusing.replyReceived(.ok)
        _ = refusing.replyReceived(.startInput)
        #expect(refusing.replyReceived(.messageTooLarge).outcomes?.map(\.reply) == [.messageTooLarge])
    }

    @Test("QUIT is answered or not, and the connection closes")
    func quit() {
        var session = Machine.idle([])
        #expect(session.quitRequested().sent == "QUIT\r\n")
        #expect(session.replyReceived(.bye) == .close)
        var lost = Machine.idle([])
        _ = lost.quitRequested()
        #expect(lost.connectionLost() == .close)
    }

    @Test("an address that could end a line is not sent")
    func injection() {
        let evil = EnvelopeRecipient(
            path: .address(EmailAddress(localPart: "a\r\nRCPT TO:<x@y>", domain: Domain("b.example")))
        )
        var session = Machine.idle(["PIPELINING"])
        let sent = session.transactionRequested(Self.transaction([evil, Self.bob])).sent
        #expect(sent == "MAIL FROM:<al@a.example>\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n")
        var alone = Machine.idle([])
        #expect(alone.transactionRequested(Self.transaction([evil])).outcomes?.map(\.reply.code) == [553])
        #expect(alone.isIdle)
    }

    @Test("never traps, whatever a server answers (seeded)")
    func anyAnswers() {
        var generator = SeededGenerator(seed: 2_821)
        let codes = [220, 221, 235, 250, 251, 334, 354, 421, 450, 451, 500, 502, 503, 550, 554]
        for round in 0..<5_000 {
            var session = Machine.idle(round % 2 == 0 ? ["PIPELINING"] : [], dialect: round % 3 == 0 ? .lmtp : .smtp)
            var action = session.transactionRequested(Self.transaction([Self.bob, Self.eve]))
            for _ in 0..<20 {
                switch action {
                case .finished(let result):
                    #expect(result.outcomes.count == 2)
                    guard result.isSessionReusable else { break }
                    action = session.transactionRequested(Self.transaction([Self.bob, Self.eve]))
                    continue
                case .sendBody where Bool.random(using: &generator):
                    action = session.bodySent()
                    continue
                case .failed, .close:
                    break
                default:
                    action = session.replyReceived(SMTPReply(codes.randomElement(using: &generator) ?? 250, nil, "x"))
                    continue
                }
                break
            }
        }
    }
}

extension SMTPClientStateMachine {
    /// A session that has said its greeting to a server with these extensions.
    static func idle(_ keywords: [String], dialect: SMTPDialect = .smtp) -> Self {
        var session = Self(Configuration(dialect: dialect, helloName: "c.example", tls: .never))
        _ = session.replyReceived(SMTPReply(220, nil, "mx.example"))
        _ = session.replyReceived(SMTPReply(250, nil, lines: ["mx.example"] + keywords))
        return session
    }
}

extension SMTPClientStateMachine.Action {
    var sent: String? {
        if case .send(let bytes) = self { String(buffer: bytes) } else { nil }
    }

    var outcomes: [SMTPRecipientOutcome]? {
        if case .finished(let result) = self { result.outcomes } else { nil }
    }
}
