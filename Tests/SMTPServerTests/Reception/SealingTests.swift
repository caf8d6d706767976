import Directory
import Filing
import MIME
import MailQueue
import MailStore
import MailTesting
import MailTypes
import NIOCore
import Reception
import Resolver
import SMTPWire
import SenderAuth
import Storage
import Synchronization
import Testing
import Trace

/// What others sent leaves again, by an alias or a script.
@Suite("sealing what is handed on", .timeLimit(.minutes(10)))
struct SealingTests {
    /// What the queue has, by recipient, as text.
    private final class Outbox: Sendable {
        let texts = Mutex<[String: String]>([:])

        func take(_ items: [QueueItem]) {
            for item in items {
                let text = try? item.message.content.withBytes { String(copying: $0) }
                self.texts.withLock { texts in
                    for recipient in item.recipients { texts[recipient.path.description] = text }
                }
            }
        }

        func text(to recipient: String) async throws -> String {
            for _ in 0..<2_000 {
                if let text = self.texts.withLock({ $0[recipient] }) { return text }
                try await Task.sleep(for: .milliseconds(5))
            }
            throw TestSite.Missing(what: recipient)
        }
    }

    private static func key(of site: TestSite) async throws -> SigningKey {
        let added = try await site.directory.addSigningKey(try .makeRSA(), for: TestSite.domain)
        return try await site.directory.activateSigningKey(of: TestSite.domain, selector: added.selector).active
    }

    private static func send(
        _ fields: String = "",
        to recipients: [String],
        _ site: TestSite,
        from domain: String = "good.example",
        lines: Int = 1
    ) async throws {
        let message =
            "From: x@\(domain)\r\n\(fields)Subject: hello\r\n\r\n" + String(repeating: "text\r\n", count: lines)
        let sender = EmailAddress(localPart: "x", domain: Domain(domain))
        guard case .whole(let reply) = try await site.send(message, to: recipients, sender: sender),
            reply.isCompletion
        else { throw TestSite.Missing(what: "acceptance") }
    }

    private static func verify(_ message: String, _ key: SigningKey) -> ARCResult {
        let bytes = Array(message.utf8)
        var verifier = ARCVerifier(header: bytes.span, now: SystemClock().now)
        var hasher = BodyHasher(verifier.bodyRequests)
        hasher.update(bytes.span.extracting(HeaderScanner.headerOctets(of: bytes.span)...))
        for question in verifier.questions {
            guard question.name.text == "\(key.selector)._domainkey.martlet.test" else { continue }
            verifier.answered(question, .success(DNSAnswer([.txt(Array(key.key.recordText.utf8))])))
        }
        return verifier.result(bodies: hasher.finish())
    }

    @Test(
        "an alias that leads out hands on what was found of the sender, sealed; the copy that stays is as it came",
        arguments: [1, 30_000]
    )
    func alias(lines: Int) async throws {
        try await SenderCheckTests.with(SenderPolicy(usual: .tag)) { site in
            let key = try await Self.key(of: site)
            let outbox = Outbox()
            site.queue.start(QueueHandlers(messagesReady: { outbox.take($0) }))
            try await Self.send(to: ["mixed"], site, lines: lines)
            let sent = try await outbox.text(to: "carol@example.org")
            let result = Self.verify(sent, key)
            #expect(result.verdict == .pass && result.instances == 1, "\(result.reason)\n\(sent)")
            #expect(result.sealers.first?.results?.host == "mail.martlet.test")
            #expect(
                result.sealers.first?.results?.results.contains { $0.method == "spf" && $0.result == "pass" } == true
            )
            #expect(!sent.contains("DKIM-Signature") && !sent.contains("Return-Path"))
            let kept = try #require(try await site.inbox("alice").first)
            #expect(!kept.contains("ARC-Seal"))
        }
    }

    @Test("a redirected message is sealed and never signed")
    func redirect() async throws {
        try await SenderCheckTests.with(SenderPolicy(usual: .tag)) { site in
            let key = try await Self.key(of: site)
            let script = Array("redirect \"carol@example.org\";".utf8)
            try await site.store.putScript("main", text: script, of: try site.account("alice"))
            try await site.store.activateScript("main", of: try site.account("alice"))
            let outbox = Outbox()
            site.queue.start(QueueHandlers(messagesReady: { outbox.take($0) }))
            let pump = OutgoingPump(
                store: site.store,
                queue: site.queue,
                journal: site.journal,
                log: TestSite.log,
                sign: { try site.directory.signatures(ofOwn: $0.readableBytesUInt8Span, author: $1) }
            )
            // Its From is of our own domain, which it is not from.
            try await Self.send(to: ["alice"], site, from: "martlet.test")
            try await pump.drain()
            let sent = try await outbox.text(to: "carol@example.org")
            let result = Self.verify(sent, key)
            #expect(result.verdict == .pass && result.instances == 1, "\(result.reason)\n\(sent)")
            #expect(!sent.contains("DKIM-Signature"))
        }
    }

    @Test("without a key, or of mail that is not checked, nothing is sealed")
    func unsealed() async throws {
        try await SenderCheckTests.with(SenderPolicy(usual: .tag)) { site in
            let outbox = Outbox()
            site.queue.start(QueueHandlers(messagesReady: { outbox.take($0) }))
            try await Self.send(to: ["out"], site)
            #expect(try await !outbox.text(to: "carol@example.org").contains("ARC-"))
        }
        try await SenderCheckTests.with(SenderPolicy(usual: .none)) { site in
            _ = try await Self.key(of: site)
            let outbox = Outbox()
            site.queue.start(QueueHandlers(messagesReady: { outbox.take($0) }))
            try await Self.send("Authentication-Results: mail.martlet.test; arc=none\r\n", to: ["out"], site)
            #expect(try await !outbox.text(to: "carol@example.org").contains("ARC-"))
        }
    }
}
