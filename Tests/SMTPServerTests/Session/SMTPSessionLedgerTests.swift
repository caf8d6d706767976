import MailTypes
import NIOCore
import Reception
import SASL
import SMTPWire
import Testing

@testable import SMTPServer

/// Every state in which commands can come, and every command in it.
@Suite("SMTP session ledger")
struct SMTPSessionLedgerTests {
    enum Stage: CaseIterable {
        case connected
        case ready
        case envelope
        case recipients
        case betweenChunks

        var session: SMTPSessionStateMachine {
            switch self {
            case .connected: return .test()
            case .ready: return .afterGreeting()
            case .envelope: return .afterMail()
            case .recipients: return .afterRecipient()
            case .betweenChunks:
                var session = SMTPSessionStateMachine.afterRecipient()
                _ = session.commandReceived(.bdat(octets: 1, isLast: false))
                _ = session.chunkEnded(.whole)
                return session
            }
        }
    }

    /// The first word of what the machine wants, and its code when it answers.
    private static func summary(_ action: SMTPSessionStateMachine.Action) -> String {
        switch action {
        case .reply(let reply): "\(reply.code)"
        case .replies(let replies): replies.map { "\($0.code)" }.joined(separator: ",")
        case .repliesThenClose(let replies): replies.map { "\($0.code)" }.joined(separator: ",") + " close"
        case .close: "close"
        case .checkSender: "sender"
        case .checkRecipient: "recipient"
        case .receiveMessage(let reply): "\(reply.code) message"
        case .receiveChunk: "chunk"
        case .discardChunk: "discard"
        case .deliver: "deliver"
        case .startTLS(let reply): "\(reply.code) tls"
        case .authenticate: "login"
        }
    }

    static let commands: [(name: String, command: SMTPCommand, expected: [Stage: String])] = [
        ("HELO", .helo("c"), .all("250")),
        ("EHLO", .ehlo("c"), .all("250")),
        (
            "MAIL", .mail(.null, MailParameters()),
            [.connected: "503", .ready: "sender", .envelope: "503", .recipients: "503", .betweenChunks: "503"]
        ),
        (
            "RCPT", .rcpt("c"),
            [.connected: "503", .ready: "503", .envelope: "recipient", .recipients: "recipient", .betweenChunks: "503"]
        ),
        (
            "DATA", .data,
            [.connected: "503", .ready: "503", .envelope: "554", .recipients: "354 message", .betweenChunks: "503"]
        ),
        (
            "BDAT", .bdat(octets: 1, isLast: true),
            [
                .connected: "discard", .ready: "discard", .envelope: "discard", .recipients: "chunk",
                .betweenChunks: "chunk",
            ]
        ),
        ("RSET", .rset, .all("250")),
        ("NOOP", .noop, .all("250")),
        ("QUIT", .quit, .all("221 close")),
        ("HELP", .help(nil), .all("214")),
        ("VRFY", .vrfy("x"), .all("252")),
        ("EXPN", .expn("x"), .all("502")),
        (
            "STARTTLS", .startTLS,
            [
                .connected: "503", .ready: "220 tls", .envelope: "220 tls", .recipients: "220 tls",
                .betweenChunks: "220 tls",
            ]
        ),
        (
            "AUTH in the clear", .auth(mechanism: "PLAIN", initialResponse: nil),
            [
                .connected: "503", .ready: "530", .envelope: "503", .recipients: "503", .betweenChunks: "503",
            ]
        ),
    ]

    @Test("every command in every state", arguments: Stage.allCases, Self.commands.indices)
    func ledger(_ stage: Stage, _ index: Int) {
        let (name, command, expected) = Self.commands[index]
        var session = stage.session
        let action = session.commandReceived(command)
        #expect(Self.summary(action) == expected[stage], "\(name) in \(stage)")
    }

    @Test("the end of the service closes between messages at once and within one after its answer")
    func stopping() {
        for stage in Stage.allCases {
            var session = stage.session
            #expect(session.stopRequested() == .repliesThenClose([.shuttingDown]))
        }
        var session = SMTPSessionStateMachine.afterRecipient()
        _ = session.commandReceived(.data)
        #expect(session.stopRequested() == nil)
        #expect(session.messageEnded(.whole) == .deliver)
        #expect(session.deliveryFinished(.whole(.ok)) == .repliesThenClose([.ok, .shuttingDown]))
    }

    @Test("a silent client is told and the connection closed, whatever the state")
    func silence() {
        for stage in Stage.allCases {
            var session = stage.session
            #expect(session.timeLimitReached() == .repliesThenClose([.idleTooLong]))
        }
        var session = SMTPSessionStateMachine.afterGreeting()
        _ = session.commandReceived(.startTLS)
        #expect(session.timeLimitReached() == .close)
    }
}

extension [SMTPSessionLedgerTests.Stage: String] {
    fileprivate static func all(_ text: String) -> Self {
        Dictionary(uniqueKeysWithValues: SMTPSessionLedgerTests.Stage.allCases.map { ($0, text) })
    }
}
