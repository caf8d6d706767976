import MailTypes
import NIOCore
import Testing

@testable import SMTPWire

private typealias Machine = SMTPClientStateMachine

@Suite("A time for delivery (RFC 2852)")
struct DeliverByTests {
    private func request(_ value: String) throws -> DeliverByRequest? {
        let parser = SMTPCommandParser(dialect: .smtp, extensions: [.deliverBy])
        let command = try parser.parse(ByteBuffer(string: "MAIL FROM:<a@b.example> \(value)"))
        guard case .mail(_, let parameters) = command else { return nil }
        return parameters.deliverBy
    }

    static let readable: [(String, DeliverByRequest)] = [
        ("BY=120;R", .init(seconds: 120, mode: .giveBack)), ("by=+120;r", .init(seconds: 120, mode: .giveBack)),
        ("BY=1;RT", .init(seconds: 1, mode: .giveBack, isTraced: true)),
        ("BY=0;N", .init(seconds: 0, mode: .notify)), ("BY=-999999999;N", .init(seconds: -999_999_999, mode: .notify)),
        ("BY=999999999;nt", .init(seconds: 999_999_999, mode: .notify, isTraced: true)),
        ("BY=000000060;R", .init(seconds: 60, mode: .giveBack)), ("BY=-0;N", .init(seconds: 0, mode: .notify)),
    ]

    @Test("is read as the grammar has it", arguments: Self.readable)
    func reads(_ value: String, _ expected: DeliverByRequest) throws {
        #expect(try self.request(value) == expected)
    }

    @Test(
        "is refused when it cannot be meant",
        arguments: [
            "BY", "BY=", "BY=;R", "BY=R", "BY=1", "BY=1;", "BY=1;X", "BY=1;T", "BY=1;RN", "BY=1;RTT", "BY=1;TR",
            "BY=0;R", "BY=-1;R", "BY=-0;R", "BY=+;R", "BY=--1;N", "BY=+-1;N", "BY=1234567890;R", "BY=0000000001;R",
            "BY=1.5;R", "BY=1 ;R", "BY=1;R;T", "BY=\u{661};R", "BY=1;R BY=1;R",
        ]
    )
    func refuses(_ value: String) throws {
        let error = #expect(throws: SMTPSyntaxError.self) { try self.request(value) }
        #expect(error?.kind == .parameterValue || error?.kind == .arguments || error?.kind == .unknownParameter)
    }

    @Test("is not known where it was not announced")
    func unannounced() {
        let parser = SMTPCommandParser(dialect: .smtp, extensions: [.dsn, .size])
        let error = #expect(throws: SMTPSyntaxError.self) {
            try parser.parse(ByteBuffer(string: "MAIL FROM:<> BY=1;R"))
        }
        #expect(error?.kind == .unknownParameter)
    }

    @Test("is read the same wherever the bytes were cut", arguments: Self.readable)
    func cuts(_ value: String, _ expected: DeliverByRequest) throws {
        let parser = SMTPCommandParser(dialect: .smtp, extensions: [.deliverBy])
        for pieces in everyCut(of: "MAIL FROM:<a@b.example> \(value)\r\n") {
            var framer = SMTPFramer()
            var seen: [DeliverByRequest?] = []
            for piece in pieces {
                framer.append(piece)
                while case .command(let line)? = framer.nextFrame() {
                    guard case .mail(_, let parameters) = try parser.parse(line) else { continue }
                    seen.append(parameters.deliverBy)
                }
            }
            #expect(seen == [expected])
        }
    }

    @Test("what a server offers is read and written, with its shortest time or without")
    func capabilities() {
        let offered = SMTPCapabilities(SMTPReply(250, nil, lines: ["a.example", "DELIVERBY 240"]))
        #expect(offered.extensions.contains(.deliverBy))
        #expect(offered.deliverBySecondsMin == 240)
        let plain = SMTPCapabilities(SMTPReply(250, nil, lines: ["a.example", "deliverby"]))
        #expect(plain.extensions.contains(.deliverBy))
        #expect(plain.deliverBySecondsMin == nil)
        #expect(
            SMTPCapabilities(domain: "a.example", extensions: .deliverBy).reply.lines == ["a.example", "DELIVERBY"]
        )
    }

    private func transaction(_ request: DeliverByRequest) -> SMTPTransaction {
        SMTPTransaction(
            sender: SMTPClientStateMachineTests.sender(),
            recipients: [SMTPClientStateMachineTests.bob],
            octets: 9,
            deliverBy: request
        )
    }

    @Test("is passed on where it is offered, and left out where only the sender is to be told")
    func passesOn() {
        var full = Machine.idle(["PIPELINING", "DELIVERBY"])
        #expect(
            full.transactionRequested(self.transaction(.init(seconds: 60, mode: .giveBack, isTraced: true))).sent
                == "MAIL FROM:<al@a.example> BY=60;RT\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n"
        )
        var late = Machine.idle(["PIPELINING", "DELIVERBY 900"])
        #expect(
            late.transactionRequested(self.transaction(.init(seconds: -5, mode: .notify))).sent
                == "MAIL FROM:<al@a.example> BY=-5;N\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n"
        )
        var plain = Machine.idle(["PIPELINING"])
        #expect(
            plain.transactionRequested(self.transaction(.init(seconds: 60, mode: .notify))).sent
                == "MAIL FROM:<al@a.example>\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n"
        )
    }

    @Test("a host that does not promise it never gets the message", arguments: [[], ["DELIVERBY 61"]])
    func requirement(_ keywords: [String]) {
        var session = Machine.idle(keywords)
        let outcomes = session.transactionRequested(self.transaction(.init(seconds: 60, mode: .giveBack))).outcomes
        #expect(outcomes?.map(\.reply.enhanced) == [EnhancedStatus(5, 4, 7)])
        #expect(outcomes?.allSatisfy { $0.isLocal && $0.stage == .requirements } == true)
        #expect(session.isIdle)
    }

    @Test("what is left is told in whole seconds, and a begun one never as over")
    func timeLeft() {
        let notify = DeliverBy(deadline: Instant(millisecondsSince1970: 0), mode: .notify)
        let giveBack = DeliverBy(deadline: Instant(millisecondsSince1970: 0), mode: .giveBack)
        #expect(notify.request(timeLeft: .milliseconds(300)).seconds == 1)
        #expect(notify.request(timeLeft: .zero).seconds == 0)
        #expect(notify.request(timeLeft: .milliseconds(-2_500)).seconds == -2)
        #expect(notify.request(timeLeft: .milliseconds(2_900)).seconds == 2)
        #expect(giveBack.request(timeLeft: .milliseconds(300)).seconds == 0)
        #expect(giveBack.request(timeLeft: .seconds(9_999_999_999)).seconds == 999_999_999)
    }
}
