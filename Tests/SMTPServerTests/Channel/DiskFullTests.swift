import Listener
import MailQueue
import MailTesting
import NIOCore
import Reception
import SMTPServer
import Storage
import Testing

@Suite("full disk", .timeLimit(.minutes(10)), .enabled(if: SmallDisk.isAvailable))
struct DiskFullTests {
    @Test(
        "lesson 28: on a full disk the client gets 452, nothing is half there, and it goes on when there is room",
        arguments: [ReceptionDoor.exchange, .lmtp],
        [100_000, 1_000_000]
    )
    func fullAndEmpty(_ door: ReceptionDoor, _ octets: Int) async throws {
        let disk = try #require(SmallDisk(megabytes: 192))
        defer { disk.remove() }
        try await TestSite.with(in: disk.path) { site in
            try await TestServer.with(site, .test(door)) { server in
                let client = try await server.connect()
                _ = try await client.line()
                _ = try await client.command(door == .lmtp ? "LHLO c.example" : "EHLO c.example")
                #expect(try await Self.send(octets, client).hasPrefix("250 2.0.0"))
                disk.fill()
                // What the log has room for may still be taken; the disk is full for certain a few messages later.
                var accepted = 1
                var reply = ""
                for _ in 0..<20_000 {
                    reply = try await Self.send(octets, client)
                    guard reply.hasPrefix("250 ") else { break }
                    accepted += 1
                }
                #expect(reply == "452 4.3.1 Insufficient storage; try again later")
                #expect(fileCount(in: site.spool.folder) == 0)
                disk.makeRoom()
                let after = try await Self.send(octets, client)
                #expect(after.hasPrefix("250 2.0.0"), "\(after)")
                accepted += 1
                let stored = try await site.inbox("alice")
                let queued = try await site.queue.list().count
                #expect(stored.count + queued == accepted)
                #expect(stored.allSatisfy { $0.hasSuffix(Self.text(octets)) })
            }
        }
    }

    private static func text(_ octets: Int) -> String {
        "Subject: room?\r\n\r\n" + String(repeating: "0123456789abcde\r\n", count: octets / 17)
    }

    private static func send(_ octets: Int, _ client: TestClient) async throws -> String {
        _ = try await client.command("MAIL FROM:<a@b.example>")
        _ = try await client.command("RCPT TO:<alice@martlet.test>")
        let start = try await client.command("DATA")
        guard start.hasPrefix("354 ") else { return start }
        return try await client.command(Self.text(octets) + ".")
    }
}
