import MailTypes
import NIOCore
import SASL
import SMTPWire

/// Our client between a hostile server and its own queue: it says only commands, asks for the text only when there is
/// somebody to give it to, and tells of each recipient exactly once.
struct SMTPClientSession {
    private var client: SMTPClientStateMachine
    private var transactionsLeft = 3
    private var isEnvelopeOut = false

    private static let transaction = SMTPTransaction(
        sender: EnvelopeSender(
            reversePath: .address(EmailAddress(localPart: "a b", domain: Domain("sender.example"))),
            isEightBit: true,
            dsnReturn: .headers,
            envelopeID: "id+2B1"
        ),
        recipients: [
            EnvelopeRecipient(path: .postmaster, notify: .never),
            EnvelopeRecipient(
                path: .address(EmailAddress(localPart: "b", domain: Domain("next.example"))),
                notify: [.failure, .delay],
                originalRecipient: "rfc822;b@next.example"
            ),
            // Cannot be written on a line: decided by us, without a word to the server.
            EnvelopeRecipient(path: .address(EmailAddress(localPart: "c\r\nDATA", domain: Domain("next.example")))),
        ],
        octets: 1_000
    )

    static func check(_ replies: [SMTPReply], _ dialect: SMTPDialect, isSecure: Bool) throws(BrokenProperty) {
        var session = Self(
            client: SMTPClientStateMachine(
                .init(
                    dialect: dialect,
                    helloName: "client.example",
                    tls: isSecure ? .required : .whenOffered,
                    mustAuthenticate: isSecure
                )
            )
        )
        for reply in replies {
            try require(session.client.replyTimeout > .zero, "a server never has no time or all of it")
            guard try session.carryOut(session.client.replyReceived(reply)) else { return }
        }
        _ = try session.carryOut(session.client.connectionLost())
    }

    /// - Returns: Whether the session goes on.
    private mutating func carryOut(_ first: SMTPClientStateMachine.Action) throws(BrokenProperty) -> Bool {
        var action = first
        while true {
            switch action {
            case .wait: return true
            case .send(let bytes):
                try Self.checkSaid(bytes)
                return true
            case .startTLS: action = self.client.tlsEstablished()
            case .authenticate(let mechanisms):
                let known = mechanisms.first { SASLMechanism(name: $0) != nil }
                action = self.client.authenticationStarted(mechanism: known, initialResponse: "AA==")
            case .answerChallenge(let challenge):
                action = self.client.authenticationAnswered(challenge.isEmpty ? "*" : "Yg==")
            case .ready: action = self.next()
            case .sendBody: action = self.client.bodySent()
            case .finished(let result):
                try require(self.isEnvelopeOut, "a transaction ends after it was begun")
                self.isEnvelopeOut = false
                try require(
                    result.outcomes.count == Self.transaction.recipients.count,
                    "each recipient is told of exactly once"
                )
                guard result.isSessionReusable else { return false }
                try require(self.client.isIdle, "a session that can be used again is idle")
                action = self.next()
            case .failed, .close:
                try require(!self.isEnvelopeOut, "a session does not end without telling of its recipients")
                return false
            }
        }
    }

    private mutating func next() -> SMTPClientStateMachine.Action {
        guard self.transactionsLeft > 0 else { return self.client.quitRequested() }
        self.transactionsLeft -= 1
        self.isEnvelopeOut = true
        return self.client.transactionRequested(Self.transaction)
    }

    /// Whole lines, each one a command or an answer within AUTH.
    private static func checkSaid(_ bytes: ByteBuffer) throws(BrokenProperty) {
        try require(bytes.readableBytes <= 8_192, "our client says little")
        var lines = bytes.readableBytesView.split(separator: 10, omittingEmptySubsequences: false)
        try require(lines.popLast()?.isEmpty ?? false, "our client says whole lines")
        let smtp = SMTPCommandParser(dialect: .smtp, extensions: .all)
        let lmtp = SMTPCommandParser(dialect: .lmtp, extensions: .all)
        for line in lines {
            try require(line.last == 13, "our client ends lines with CRLF")
            let text = ByteBuffer(bytes: line.dropLast())
            let isAnswer = ["Yg==", "*", "."].contains(String(buffer: text))
            try require(
                isAnswer || (try? smtp.parse(text)) != nil || (try? lmtp.parse(text)) != nil,
                "our client says commands only"
            )
        }
    }
}
