import Listener
import MailStore
import MailTesting
import MailTypes
import NIOCore
import Reception
import SMTPServer
import Testing
import Trace

@Suite("refused messages in the trace", .timeLimit(.minutes(10)))
struct RefusedMessageTraceTests {
    @Test("one that is refused, at whatever point, is found by its sender and its recipients")
    func refused() async throws {
        try await TestSite.with { site in
            var options = SMTPServerOptions.test(.exchange)
            options.messageOctetsMax = 100
            try await TestServer.with(site, options) { server in
                let client = try await Self.greeted(server)
                let envelope = "RCPT TO:<alice@martlet.test>\r\nRCPT TO:<bob@martlet.test>\r\n"
                let large = String(repeating: "x", count: 150)
                let conversations = [
                    ("bare", "\(envelope)DATA\r\nSubject: x\n\r\n.\r\n", "550 5.6.11"),
                    ("large", "\(envelope)DATA\r\n\(large)\r\n.\r\n", "552 5.3.4"),
                    ("chunk", "\(envelope)BDAT 150 LAST\r\n\(large)", "552 5.3.4"),
                ]
                for (name, text, reply) in conversations {
                    try await client.send("MAIL FROM:<\(name)@b.example>\r\n\(text)")
                    while !(try await client.line()).hasPrefix(reply) {}
                    try await Self.expectRefused(site, "\(name)@b.example", reply)
                }
                for name in ["alice", "bob"] {
                    #expect(site.refusals("\(name)@martlet.test").count == conversations.count)
                }
                _ = try await client.command("MAIL FROM:<declared@b.example> SIZE=101")
                try await Self.expectRefused(site, "declared@b.example", "552 5.3.4")
            }
        }
    }

    @Test("one that is broken off is found too, whoever did it", arguments: [true, false])
    func brokenOff(byClient: Bool) async throws {
        try await TestSite.with { site in
            var options = SMTPServerOptions.test(.exchange)
            if !byClient { options.bodyTimeout = .milliseconds(100) }
            try await TestServer.with(site, options) { server in
                let client = try await Self.greeted(server)
                try await client.send("MAIL FROM:<a@b.example>\r\nRCPT TO:<alice@martlet.test>\r\nDATA\r\nSub")
                while !(try await client.line()).hasPrefix("354") {}
                if byClient { await client.close() } else { try await client.waitForClose() }
                let said = byClient ? "the client went away" : "421 "
                try await Self.expectRefused(site, "a@b.example", said)
                #expect(site.refusals("alice@martlet.test").count == 1)
            }
        }
    }

    @Test("what reception refuses is found by its recipients, and over LMTP each by its own answer")
    func refusedByReception() async throws {
        try await TestSite.with { site in
            let loop = String(repeating: "Received: x\r\n", count: site.reception.options.receivedMax + 1)
            _ = try await site.send(loop, to: ["bob"])
            #expect(site.refusals("bob@martlet.test").filter { $0.contains("554 5.4.6") }.count == 1)
            try await site.store.setQuota(site.account("alice"), octets: 10, messages: nil)
            var client = site.outsider
            client.door = .lmtp
            _ = try await site.send("Subject: larger than ten\r\n\r\n", to: ["alice", "bob"], client: client)
            #expect(try await site.inbox("bob").count == 1)
            let found = site.refusals("alice@martlet.test")
            #expect(found.count == 1 && found[0].contains(".2.2 ") && !found[0].contains("bob@"), "\(found)")
        }
    }

    private static func greeted(_ server: TestServer) async throws -> TestClient {
        let client = try await server.connect()
        _ = try await client.line()
        _ = try await client.command("EHLO client.example")
        return client
    }

    /// The trace is told a moment after a connection is gone.
    private static func expectRefused(
        _ site: TestSite,
        _ address: String,
        _ said: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for _ in 0..<500 where site.refusals(address).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        let found = site.refusals(address).filter { $0.contains("\"from\":\"\(address)\"") }
        #expect(found.count == 1 && found[0].contains(said), "\(found)", sourceLocation: sourceLocation)
    }
}

extension TestSite {
    /// What the trace says was refused, of all that it has about an address.
    fileprivate func refusals(_ address: String) -> [String] {
        self.journal.flush()
        return TraceSearch(folder: self.folder.path("trace")).lines(about: address).filter { line in
            line.contains("-refused\"") && line.contains(address)
        }
    }
}
