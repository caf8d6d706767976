import Foundation
import Listener
import MailTesting
import NIOCore
import NIOPosix
import NIOSSL
import Reception
import SMTPServer
import Synchronization
import Testing

@Suite("listener", .timeLimit(.minutes(10)))
struct ListenerTests {
    @Test("connections above the limit are refused with a line, and there is room again when one ends")
    func connectionLimit() async throws {
        try await TestSite.with { site in
            try await TestServer.with(site, .test(.exchange), tune: { $0.connectionsMax = 2 }) { server in
                let first = try await server.connect()
                let second = try await server.connect()
                #expect(try await first.line().hasPrefix("220 "))
                #expect(try await second.line().hasPrefix("220 "))
                let third = try await server.connect()
                #expect(try await third.line() == "421 4.7.0 mail.martlet.test Too many connections; try again later")
                try await third.waitForClose()
                #expect(server.listener.counters.refused == 1)
                #expect(try await first.command("QUIT").hasPrefix("221 "))
                try await first.waitForClose()
                while server.listener.counters.open > 1 { try await Task.sleep(for: .milliseconds(5)) }
                let fourth = try await server.connect()
                #expect(try await fourth.line().hasPrefix("220 "))
            }
        }
    }

    @Test("a socket that was inherited keeps as many connections waiting as the system allows")
    func backlogOfInherited() async throws {
        try await TestSite.with { site in
            let system = try #require(
                Int(String(contentsOfFile: "/proc/sys/net/core/somaxconn", encoding: .utf8).filter(\.isNumber))
            )
            let (descriptor, _) = try listeningSocket()
            #expect(backlog(of: descriptor) == 16)
            let inherits: (inout ListenerOptions) -> Void = { $0.points = [.descriptor(descriptor)] }
            try await TestServer.with(site, .test(.exchange), tune: inherits) { _ in
                #expect(backlog(of: descriptor) == system)
            }
        }
    }

    @Test("one peer's connections are limited, exempt peers' are not")
    func peerLimit() async throws {
        try await TestSite.with { site in
            let limited: (inout ListenerOptions) -> Void = {
                $0.connectionsPerPeerMax = 1
                $0.isExemptFromPeerLimit = { _ in false }
            }
            try await TestServer.with(site, .test(.exchange), tune: limited) { server in
                let first = try await server.connect()
                #expect(try await first.line().hasPrefix("220 "))
                let second = try await server.connect()
                #expect(try await second.line() == "421 4.7.0 mail.martlet.test Too many connections from your address")
            }
            try await TestServer.with(site, .test(.exchange), tune: { $0.connectionsPerPeerMax = 1 }) { server in
                for _ in 0..<3 {
                    let client = try await server.connect()
                    #expect(try await client.line().hasPrefix("220 "))
                }
            }
        }
    }

    @Test("stopping tells idle clients at once and lets a message that was begun come to its end")
    func gracefulStop() async throws {
        try await TestSite.with { site in
            try await TestServer.with(site, .test(.exchange)) { server in
                let idle = try await server.connect()
                _ = try await idle.line()
                let busy = try await server.connect()
                _ = try await busy.line()
                _ = try await busy.command("EHLO client.example")
                _ = try await busy.command("MAIL FROM:<a@b.example>")
                _ = try await busy.command("RCPT TO:<alice@martlet.test>")
                #expect(try await busy.command("DATA").hasPrefix("354 "))
                async let stopped: Void = server.listener.stop(grace: .seconds(30))
                #expect(try await idle.line().hasPrefix("421 4.3.2 "))
                try await idle.waitForClose()
                try await busy.send("Subject: last\r\n\r\n.\r\n")
                #expect(try await busy.line().hasPrefix("250 2.0.0 "))
                #expect(try await busy.line().hasPrefix("421 4.3.2 "))
                try await busy.waitForClose()
                await stopped
                #expect(try await site.inbox("alice").count == 1)
                await #expect(throws: (any Error).self) { _ = try await server.connect() }
            }
        }
    }

    @Test("what does not end by itself is closed at the deadline")
    func stopDeadline() async throws {
        try await TestSite.with { site in
            try await TestServer.with(site, .test(.exchange)) { server in
                let busy = try await server.connect()
                _ = try await busy.line()
                _ = try await busy.command("EHLO client.example")
                _ = try await busy.command("MAIL FROM:<a@b.example>")
                _ = try await busy.command("RCPT TO:<alice@martlet.test>")
                _ = try await busy.command("DATA")
                await server.listener.stop(grace: .milliseconds(50))
                try await busy.waitForClose()
                #expect(server.listener.counters.open == 0)
            }
        }
    }

    @Test("a silent client is told so and its connection closed")
    func idleTimeout() async throws {
        try await TestSite.with { site in
            var options = SMTPServerOptions.test(.exchange)
            options.commandTimeout = .seconds(1)
            try await TestServer.with(site, options) { server in
                let client = try await server.connect()
                _ = try await client.line()
                #expect(try await client.line().hasPrefix("421 4.4.2 "))
                try await client.waitForClose()
            }
        }
    }

    @Test("a socket that was inherited is served like one of our own")
    func inheritedSocket() async throws {
        try await TestSite.with { site in
            let (descriptor, port) = try listeningSocket()
            let point: (inout ListenerOptions) -> Void = { $0.points = [.descriptor(descriptor)] }
            try await TestServer.with(site, .test(.exchange), tune: point) { server in
                #expect(server.address.port == port)
                let client = try await server.connect()
                #expect(try await client.line().hasPrefix("220 "))
            }
        }
    }

    @Test("an address that is taken is an error, and nothing stays open")
    func takenAddress() async throws {
        try await TestSite.with { site in
            try await TestServer.with(site, .test(.exchange)) { server in
                let port = try #require(server.address.port)
                let second: (inout ListenerOptions) -> Void = { options in
                    options.points = [.address(host: "127.0.0.1", port: 0), .address(host: "127.0.0.1", port: port)]
                }
                await #expect(throws: (any Error).self) {
                    try await TestServer.with(site, .test(.exchange), tune: second) { _ in }
                }
            }
        }
    }
}
