import MailTypes
import NIOCore
import Testing

@testable import SMTPWire

@Suite("opening an SMTP client session")
struct SMTPClientOpeningTests {
    typealias Machine = SMTPClientStateMachine

    static let greeting = SMTPReply(220, nil, "mx.example ESMTP")

    private func hello(_ keywords: String...) -> SMTPReply {
        SMTPReply(250, nil, lines: ["mx.example"] + keywords)
    }

    private func session(
        _ tls: Machine.TLSUse = .whenOffered,
        dialect: SMTPDialect = .smtp,
        login: Bool = false
    ) -> Machine {
        Machine(.init(dialect: dialect, helloName: "c.example", tls: tls, mustAuthenticate: login))
    }

    @Test("begins TLS when it is offered, and greets again behind it (RFC 3207 §4.2)")
    func startTLS() {
        var session = self.session()
        #expect(session.replyReceived(Self.greeting).sent == "EHLO c.example\r\n")
        #expect(session.replyReceived(self.hello("STARTTLS", "SIZE 5")).sent == "STARTTLS\r\n")
        #expect(session.replyReceived(.readyForTLS) == .startTLS)
        #expect(session.tlsEstablished().sent == "EHLO c.example\r\n")
        #expect(session.capabilities.extensions.isEmpty)
        let inside = self.hello("STARTTLS", "PIPELINING")
        #expect(session.replyReceived(inside) == .ready(SMTPCapabilities(inside)))
        #expect(session.isIdle)
    }

    @Test("TLS that is required and not to be had ends the session")
    func requiredTLS() {
        var notOffered = self.session(.required)
        _ = notOffered.replyReceived(Self.greeting)
        #expect(notOffered.replyReceived(self.hello()) == .failed(.tlsUnavailable))

        var takenBack = self.session(.required)
        _ = takenBack.replyReceived(Self.greeting)
        _ = takenBack.replyReceived(self.hello("STARTTLS"))
        #expect(takenBack.replyReceived(SMTPReply(454, "4.7.0", "Not now")) == .failed(.tlsUnavailable))

        var noEHLO = self.session(.required)
        _ = noEHLO.replyReceived(Self.greeting)
        #expect(noEHLO.replyReceived(SMTPReply(502, nil, "No EHLO")) == .failed(.tlsUnavailable))

        var broken = self.session()
        _ = broken.replyReceived(Self.greeting)
        _ = broken.replyReceived(self.hello("STARTTLS"))
        _ = broken.replyReceived(.readyForTLS)
        #expect(broken.tlsFailed() == .failed(.tlsFailed))
    }

    @Test("TLS that was only wished for and is taken back is gone without")
    func wishedTLS() {
        var session = self.session()
        _ = session.replyReceived(Self.greeting)
        _ = session.replyReceived(self.hello("STARTTLS", "PIPELINING"))
        guard case .ready(let capabilities) = session.replyReceived(SMTPReply(454, "4.7.0", "Not now")) else {
            Issue.record("the session did not go on")
            return
        }
        #expect(capabilities.extensions.contains(.pipelining))
    }

    @Test("a connection that began with TLS asks for no other")
    func implicitTLS() {
        var session = Machine(
            .init(dialect: .smtp, helloName: "c.example", tls: .required, isAlreadySecure: true)
        )
        _ = session.replyReceived(Self.greeting)
        let answer = self.hello("STARTTLS")
        #expect(session.replyReceived(answer) == .ready(SMTPCapabilities(answer)))
    }

    @Test("falls back to HELO where EHLO is not known, but not in LMTP (RFC 5321 §3.2)")
    func heloFallback() {
        var session = self.session()
        _ = session.replyReceived(Self.greeting)
        #expect(session.replyReceived(SMTPReply(500, nil, "What?")).sent == "HELO c.example\r\n")
        #expect(
            session.replyReceived(SMTPReply(250, nil, "mx.example hi"))
                == .ready(SMTPCapabilities(domain: "mx.example"))
        )

        var lmtp = self.session(dialect: .lmtp)
        #expect(lmtp.replyReceived(Self.greeting).sent == "LHLO c.example\r\n")
        let no = SMTPReply(500, nil, "What?")
        #expect(lmtp.replyReceived(no) == .failed(.refused(no)))

        var later = self.session()
        _ = later.replyReceived(Self.greeting)
        let busy = SMTPReply(451, nil, "Busy")
        #expect(later.replyReceived(busy) == .failed(.refused(busy)))
    }

    @Test("logs in with a mechanism the driver chose, and passes challenges on")
    func authentication() {
        var session = self.session(.never, login: true)
        _ = session.replyReceived(Self.greeting)
        #expect(
            session.replyReceived(self.hello("AUTH PLAIN SCRAM-SHA-256"))
                == .authenticate(mechanisms: ["PLAIN", "SCRAM-SHA-256"])
        )
        #expect(
            session.authenticationStarted(mechanism: "SCRAM-SHA-256", initialResponse: "bixh").sent
                == "AUTH SCRAM-SHA-256 bixh\r\n"
        )
        #expect(session.replyReceived(SMTPReply(334, nil, "cj1h")) == .answerChallenge("cj1h"))
        #expect(session.authenticationAnswered("Yz1i").sent == "Yz1i\r\n")
        guard case .ready = session.replyReceived(SMTPReply(235, "2.7.0", "In")) else {
            Issue.record("the session is not ready")
            return
        }
        var refused = self.session(.never, login: true)
        _ = refused.replyReceived(Self.greeting)
        _ = refused.replyReceived(self.hello("AUTH PLAIN"))
        #expect(refused.authenticationStarted(mechanism: "PLAIN", initialResponse: nil).sent == "AUTH PLAIN\r\n")
        let no = SMTPReply(535, "5.7.8", "No")
        #expect(refused.replyReceived(no) == .failed(.authenticationRefused(no)))

        var none = self.session(.never, login: true)
        _ = none.replyReceived(Self.greeting)
        #expect(none.replyReceived(self.hello()) == .failed(.authenticationUnavailable))
        var unfit = self.session(.never, login: true)
        _ = unfit.replyReceived(Self.greeting)
        _ = unfit.replyReceived(self.hello("AUTH X"))
        #expect(
            unfit.authenticationStarted(mechanism: nil, initialResponse: nil) == .failed(.authenticationUnavailable)
        )
    }

    @Test("goes no further with a server that asks on after the login was given up")
    func endlessChallenges() {
        var session = self.session(.never, login: true)
        _ = session.replyReceived(Self.greeting)
        _ = session.replyReceived(self.hello("AUTH PLAIN"))
        _ = session.authenticationStarted(mechanism: "PLAIN", initialResponse: "AGEAYg==")
        let challenge = SMTPReply(334, nil, "YQ==")
        #expect(session.replyReceived(challenge) == .answerChallenge("YQ=="))
        #expect(session.authenticationAnswered("*").sent == "*\r\n")
        #expect(session.replyReceived(challenge) == .failed(.protocolViolated))
    }

    @Test("sends each parameter where it is offered, and none where it is not")
    func parameters() {
        var recipient = SMTPClientStateMachineTests.bob
        recipient.notify = [.success, .failure]
        recipient.originalRecipient = "rfc822;bob+2Bx@b.example"
        let sender = SMTPClientStateMachineTests.sender {
            $0.dsnReturn = .headers
            $0.envelopeID = "QQ"
            $0.isEightBit = true
        }
        let transaction = SMTPTransaction(sender: sender, recipients: [recipient], octets: 9)
        var full = Machine.idle(["PIPELINING", "DSN", "8BITMIME", "SIZE"])
        #expect(
            full.transactionRequested(transaction).sent
                == "MAIL FROM:<al@a.example> SIZE=9 BODY=8BITMIME RET=HDRS ENVID=QQ\r\n"
                + "RCPT TO:<bob@b.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob+2Bx@b.example\r\nDATA\r\n"
        )
        var plain = Machine.idle(["PIPELINING", "8BITMIME"])
        #expect(
            plain.transactionRequested(transaction).sent
                == "MAIL FROM:<al@a.example> BODY=8BITMIME\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n"
        )
    }

    @Test("an address with letters beyond ASCII is declared, whatever the message's client said (RFC 6531 §3.2)")
    func internationalRecipient() {
        let domain = Domain("b.example")
        let recipients = [
            SMTPClientStateMachineTests.bob,
            EnvelopeRecipient(path: .address(EmailAddress(localPart: "jürgen", domain: domain))),
        ]
        let transaction = SMTPClientStateMachineTests.transaction(recipients)
        var able = Machine.idle(["PIPELINING", "SMTPUTF8"])
        #expect(
            able.transactionRequested(transaction).sent
                == "MAIL FROM:<al@a.example> SMTPUTF8\r\nRCPT TO:<bob@b.example>\r\n"
                + "RCPT TO:<jürgen@b.example>\r\nDATA\r\n"
        )
        // Who can be reached without is.
        var unable = Machine.idle(["PIPELINING"])
        #expect(
            unable.transactionRequested(transaction).sent
                == "MAIL FROM:<al@a.example>\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n"
        )
        for reply in [SMTPReply(250, "2.1.0", "OK"), SMTPReply(250, "2.1.5", "OK")] { _ = unable.replyReceived(reply) }
        _ = unable.replyReceived(SMTPReply(354, nil, "go on"))
        _ = unable.bodySent()
        let outcomes = unable.replyReceived(SMTPClientStateMachineTests.queued).outcomes
        #expect(outcomes?.map(\.isDelivered) == [true, false])
        #expect(outcomes?.last?.reply.enhanced == EnhancedStatus(5, 6, 7))
    }

    @Test("an international sender needs a server that takes one")
    func internationalSender() {
        let sender = SMTPClientStateMachineTests.sender {
            $0.reversePath = .address(EmailAddress(localPart: "jürgen", domain: Domain("a.example")))
        }
        let bob = [SMTPClientStateMachineTests.bob]
        var able = Machine.idle(["SMTPUTF8"])
        #expect(
            able.transactionRequested(SMTPTransaction(sender: sender, recipients: bob, octets: 9)).sent
                == "MAIL FROM:<jürgen@a.example> SMTPUTF8\r\n"
        )
        var unable = Machine.idle([])
        let outcomes = unable.transactionRequested(SMTPTransaction(sender: sender, recipients: bob, octets: 9)).outcomes
        #expect(outcomes?.map(\.reply.enhanced) == [EnhancedStatus(5, 6, 7)])
        #expect(unable.isIdle)
    }

    @Test("what the server cannot take is refused here, and nothing is sent")
    func requirements() {
        let recipients = [SMTPClientStateMachineTests.bob, SMTPClientStateMachineTests.eve]
        let plain = SMTPClientStateMachineTests.sender()
        let eightBit = SMTPClientStateMachineTests.sender { $0.isEightBit = true }
        let international = SMTPClientStateMachineTests.sender { $0.isInternationalized = true }
        for (sender, octets, status) in [
            (plain, 1_001, EnhancedStatus(5, 3, 4)), (eightBit, 9, EnhancedStatus(5, 6, 3)),
            (international, 9, EnhancedStatus(5, 6, 7)),
        ] {
            var session = Machine.idle(["SIZE 1000"])
            let outcomes = session.transactionRequested(
                SMTPTransaction(sender: sender, recipients: recipients, octets: octets)
            ).outcomes
            #expect(outcomes?.map(\.reply.enhanced) == [status, status])
            #expect(outcomes?.allSatisfy { $0.isLocal && $0.stage == .requirements } == true)
            #expect(session.isIdle)
        }
    }
}
