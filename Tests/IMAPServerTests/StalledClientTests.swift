import Foundation
import IMAPServer
import IMAPWire
import MailStore
import MailTypes
import NIOCore
import Testing

@Suite("clients that stop reading", .serialized, .timeLimit(.minutes(10)))
struct StalledClientTests {
    /// More than sockets and buffers on both sides hold.
    private static let messages = 600
    private static let text = "a: b\r\n\r\n" + String(repeating: "0123456789abcdef", count: 8_000)

    private static var limits: IMAPSessionLimits {
        var limits = TestSite.impatient
        limits.writeTimeout = .seconds(2)
        return limits
    }

    @Test(
        "a client that stops reading in the middle of an answer is closed, and what is held for it stays bounded",
        arguments: ["FETCH 1:* BODY.PEEK[]", "FETCH 1:* (BODY.PEEK[HEADER] BODY.PEEK[TEXT])"]
    )
    func midAnswer(_ command: String) async throws {
        try await withSite(session: Self.limits) { site in
            try await site.add(Array(repeating: Self.text, count: Self.messages))
            let port = site.port
            let client = try await onThread { () -> UncheckedBox<TestClient> in
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                try client.send("a \(command)\r\n")
                return UncheckedBox(client)
            }
            let channel = try #require(site.connections.first)
            let most = try await Self.heldUntilClosed(channel)
            // One piece above the mark at which a channel counts as full.
            #expect(most > 0 && most < 2 << 20, "\(most) octets were held")
            try await onThread {
                #expect(client.value.isClosedByServer())
                let other = try TestClient(port: port)
                try other.logIn()
                #expect(try other.command("NOOP") == ["t OK NOOP completed"])
            }
        }
    }

    @Test("a client that idles and reads nothing costs no memory for its news, and is closed")
    func idling() async throws {
        try await withSite(session: Self.limits) { site in
            try await site.add(Array(repeating: Self.text, count: Self.messages))
            let account = try site.account("alice")
            let inbox = try #require(try await site.store.mailbox(named: .inbox, of: account))
            let port = site.port
            let client = try await onThread { () -> UncheckedBox<TestClient> in
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                try client.command("FETCH 1:* FLAGS")
                try client.send("i IDLE\r\n")
                #expect(try client.line() == "+ idling")
                return UncheckedBox(client)
            }
            let channel = try #require(site.connections.first)
            let all = (1...UInt32(Self.messages)).map { UID(rawValue: $0) }
            var most = 0
            for round in 0..<100_000 where channel.isActive {
                _ = try await site.store.changeFlags(
                    FlagChange(round % 2 == 0 ? .add : .remove, flags: .flagged),
                    of: all,
                    in: inbox.id,
                    of: account
                )
                most = max(most, try await Self.held(channel))
            }
            #expect(!channel.isActive)
            #expect(most < 2 << 20, "\(most) octets were held")
            withExtendedLifetime(client) {}
        }
    }

    @Test("a client that reads nothing is not spared the autologout")
    func autologout() async throws {
        var limits = Self.limits
        limits.autologout = .seconds(1)
        try await withSite(session: limits) { site in
            let port = site.port
            let client = try await onThread { () -> UncheckedBox<TestClient> in
                let client = try TestClient(port: port)
                try client.logIn()
                _ = client.sendWithoutWaiting(String(repeating: "a CAPABILITY\r\n", count: 1_000), times: 1_000)
                return UncheckedBox(client)
            }
            let channel = try #require(site.connections.first)
            _ = try await Self.heldUntilClosed(channel)
            withExtendedLifetime(client) {}
        }
    }

    /// - Returns: the most octets that waited for the socket.
    static func heldUntilClosed(_ channel: any Channel) async throws -> Int {
        var most = 0
        while channel.isActive {
            most = max(most, try await Self.held(channel))
            try await Task.sleep(for: .milliseconds(20))
        }
        return most
    }

    private static func held(_ channel: any Channel) async throws -> Int {
        do {
            return try await channel.getOption(.bufferedWritableBytes).get()
        } catch ChannelError.ioOnClosedChannel {
            return 0
        }
    }
}
