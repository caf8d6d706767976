import Glibc
import Listener
import MailStore
import MailTypes
import NIOCore
import POP3Wire
import Testing

@testable import POP3Server

@Suite("POP3 in volume", .timeLimit(.minutes(10)))
struct POP3VolumeTests {
    /// A message of its own kind: sizes differ, lines begin with dots now and then.
    private static func message(_ number: Int) -> String {
        let lines = (0..<(number % 23)).map { line in
            line % 5 == 0 ? ".line \(line) of \(number)" : "line \(line) of \(number)"
        }
        return "Subject: \(number)\r\n\r\n" + lines.map { $0 + "\r\n" }.joined()
    }

    private static func lines(_ number: Int) -> [String] {
        var lines = Self.message(number).split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        lines.removeLast()
        return lines
    }

    @Test(
        "fetching all, one by one, in bursts and at once, in order, backwards and at random, gives every message whole"
    )
    func orders() async throws {
        try await POP3Site.with { site in
            let count = 300
            try await site.add((1...count).map { Self.message($0) })
            try await site.talk { client in
                try client.logIn()
                let numbers = Array(1...count)
                let orders = [numbers, numbers.reversed(), numbers.map { $0 * 7 % (count + 1) }.filter { $0 > 0 }]
                for order in orders {
                    for burst in [1, 16, count] {
                        var asked = 0
                        for (index, number) in order.enumerated() {
                            while asked < min(index + burst, order.count) {
                                try client.send("RETR \(order[asked])\r\n")
                                asked += 1
                            }
                            let status = try client.line()
                            #expect(status == "+OK \(Self.message(number).utf8.count) octets")
                            let text = try client.text()
                            if text != Self.lines(number) { Issue.record("message \(number) is not whole") }
                        }
                    }
                }
            }
        }
    }

    @Test("what was read ahead is not given when it was deleted, or when TOP asks")
    func readAhead() async throws {
        try await POP3Site.with { site in
            try await site.add((1...40).map { Self.message($0) })
            try await site.talk { client in
                try client.logIn()
                for number in 1...5 { #expect(try client.listing("RETR \(number)") == Self.lines(number)) }
                _ = try client.command("DELE 6")
                #expect(try client.command("RETR 6").hasPrefix("-ERR"))
                #expect(try client.listing("RETR 7") == Self.lines(7))
                #expect(try client.listing("TOP 8 0") == ["Subject: 8", ""])
                for number in 9...40 { #expect(try client.listing("RETR \(number)") == Self.lines(number)) }
            }
        }
    }

    @Test("a message of many megabytes comes whole to a client that reads slowly")
    func large() async throws {
        try await POP3Site.with { site in
            let line = String(repeating: "x", count: 70)
            let text = "Subject: big\r\n\r\n" + String(repeating: ".\(line)\r\n", count: 60_000)
            try await site.add([text, Self.second])
            try await site.talk { client in
                try client.logIn()
                try client.send("RETR 1\r\nRETR 2\r\nTOP 1 1\r\nQUIT\r\n")
                #expect(try client.line() == "+OK \(text.utf8.count) octets")
                let lines = try client.text()
                #expect(lines.count == 60_002)
                #expect(lines.dropFirst(2).allSatisfy { $0 == "." + line })
                #expect(try client.line().hasPrefix("+OK"))
                #expect(try client.text().count == 3)
                #expect(try client.line() == "+OK")
                #expect(try client.text().count == 3)
                #expect(try client.line() == "+OK Bye")
            }
        }
    }

    private static let second = "Subject: two\r\n\r\nno line end"

    @Test(
        "a client that stops reading in the middle of its mail is closed, holds bounded memory, and frees the maildrop"
    )
    func stalled() async throws {
        try await POP3Site.with {
            $0.session.autologout = .seconds(2)
        } _: { site in
            let text = "a: b\r\n\r\n" + String(repeating: String(repeating: "x", count: 70) + "\r\n", count: 2_000)
            try await site.add(Array(repeating: text, count: 300))
            try await site.talk { client in
                try client.logIn()
                try client.send((1...300).map { "RETR \($0)\r\n" }.joined())
                let channel = try #require(site.connections.first)
                var most = 0
                while channel.isActive {
                    // A channel that is closed holds nothing.
                    most = max(most, (try? channel.getOption(.bufferedWritableBytes).wait()) ?? 0)
                    usleep(20_000)
                }
                #expect(most > 0 && most < 2 << 20, "\(most) octets were held")
                #expect(client.isClosedByServer())
            }
            let answer = try await site.talk { try $0.logIn() }
            #expect(answer.hasPrefix("+OK "))
        }
    }

    @Test("bad input never harms the server (seeded)")
    func mutations() async throws {
        try await POP3Site.with {
            $0.session.errorsMax = 1_000
            $0.session.failedLoginsMax = 1_000
        } _: { site in
            try await site.add((1...5).map { Self.message($0) })
            let port = site.port
            try await site.talk { _ in
                var state: UInt64 = 1_939
                func random(_ bound: Int) -> Int {
                    state = state &* 6_364_136_223_846_793_005 &+ 1
                    return Int(state >> 33) % bound
                }
                let script =
                    "USER alice\r\nPASS secret\r\nLIST\r\nRETR 1\r\nTOP 2 3\r\nDELE 1\r\nRSET\r\n"
                    + "UIDL\r\nAUTH PLAIN\r\n*\r\nCAPA\r\n"
                for _ in 0..<100 {
                    var bytes = Array(script.utf8)
                    for _ in 0...random(6) {
                        switch random(3) {
                        case 0: bytes[random(bytes.count)] = UInt8(random(256))
                        case 1: bytes.remove(at: random(bytes.count))
                        default: bytes.insert(UInt8(random(256)), at: random(bytes.count))
                        }
                    }
                    let client = try POP3Client(port: port)
                    try client.send(String(decoding: bytes, as: UTF8.self) + "\r\nQUIT\r\n")
                    let isClosed = client.isClosedByServer()
                    #expect(isClosed)
                }
            }
            // Whatever the garbage deleted, the server is there and the maildrop is free.
            let answer = try await site.talk { try $0.logIn() }
            #expect(answer.hasPrefix("+OK "))
        }
    }

    @Test("a stop finishes, says so, and closes")
    func stop() async throws {
        try await POP3Site.with { site in
            let listener = site.listener
            let port = site.port
            async let ended: Void = site.talk { _ in
                let client = try POP3Client(port: port)
                try client.logIn()
                #expect(try client.line().hasPrefix("-ERR [SYS/TEMP] "))
                #expect(client.isClosedByServer())
            }
            while listener.counters.open == 0 { try await Task.sleep(for: .milliseconds(5)) }
            try await Task.sleep(for: .milliseconds(300))
            await listener.stop(grace: .seconds(5))
            try await ended
        }
    }
}
