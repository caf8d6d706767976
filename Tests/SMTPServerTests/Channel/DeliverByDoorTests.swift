import MailQueue
import MailTypes
import Reception
import SMTPWire
import Testing

@Suite("A time for delivery at the door (RFC 2852)", .timeLimit(.minutes(5)))
struct DeliverByDoorTests {
    @Test("it counts from MAIL on, is queued with its message, and is not the next one's")
    func queued() async throws {
        try await TestSite.with(trustsLoopback: true) { site in
            try await TestServer.with(site, .test(.exchange)) { server in
                let client = try await server.connect()
                defer { Task { await client.close() } }
                _ = try await client.line()
                _ = try await client.command("EHLO client.example")
                for parameter in [" BY=60;RT", "", " BY=-5;N"] {
                    _ = try await client.command("MAIL FROM:<a@b.example>\(parameter)")
                    _ = try await client.command("RCPT TO:<carol@example.org>")
                    _ = try await client.command("DATA")
                    let reply = try await client.command("Subject: x\r\n\r\n.")
                    #expect(reply.hasPrefix("250 2.0.0"))
                }
                let queued = try await site.queue.list()
                try #require(queued.count == 3)
                let first = try #require(queued[0].deliverBy)
                #expect(first.mode == .giveBack && first.isTraced && !first.wasOverdue)
                #expect(first.deadline <= queued[0].receivedAt + .seconds(60))
                #expect(first.deadline > queued[0].receivedAt)
                #expect(queued[1].deliverBy == nil)
                let last = try #require(queued[2].deliverBy)
                #expect(last.mode == .notify && !last.isTraced && last.wasOverdue)
                #expect(last.deadline < queued[2].receivedAt)
            }
        }
    }

    @Test("mail for here that came after its time is not stored: the queue gives it back", arguments: [true, false])
    func tooLate(givesBack: Bool) async throws {
        try await TestSite.with { site in
            let request = DeliverByRequest(seconds: 1, mode: givesBack ? .giveBack : .notify)
            let deliverBy = DeliverBy(request, from: Instant(secondsSince1970: 0))
            _ = try await site.send("Subject: late\r\n\r\n", to: ["alice"], deliverBy: deliverBy)
            #expect(try await site.inbox("alice").count == (givesBack ? 0 : 1))
            #expect(try await site.queue.list().map(\.deliverBy) == (givesBack ? [deliverBy] : []))
        }
    }
}
