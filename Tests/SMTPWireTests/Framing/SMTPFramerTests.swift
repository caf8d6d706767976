import NIOCore
import Testing

@testable import SMTPWire

@Suite("SMTP framer")
struct SMTPFramerTests {
    /// What a session of lines comes out as, resumed with plain commands after each stop.
    private func frames(_ pieces: [ByteBuffer], limits: SMTPLimits = SMTPLimits()) -> [String] {
        var framer = SMTPFramer(limits: limits)
        var result: [String] = []
        for piece in pieces {
            framer.append(piece)
            while true {
                if let frame = framer.nextFrame() {
                    result.append(Self.text(frame))
                } else if framer.isStopped && result.last != "malformed lineEndless" {
                    result.append("stop")
                    framer.resume(.commands)
                } else {
                    break
                }
            }
        }
        return result
    }

    private static func text(_ frame: SMTPFramer.Frame) -> String {
        switch frame {
        case .command(let line): "command \(String(buffer: line))"
        case .authResponse(let line): "response \(String(buffer: line))"
        case .malformed(let error): "malformed \(error.kind)"
        }
    }

    @Test(
        "gives the same lines however they are cut",
        arguments: [
            ("NOOP\r\n", ["command NOOP"]),
            (
                "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n",
                [
                    "command EHLO a", "command MAIL FROM:<a@b>", "command RCPT TO:<c@d>",
                ]
            ),
            ("\r\n", ["command "]),
            ("DATA\r\nQUIT\r\n", ["command DATA", "stop", "command QUIT"]),
            ("data \r\nQUIT\r\n", ["command data ", "stop", "command QUIT"]),
            ("BDAT 5 LAST\r\nQUIT\r\n", ["command BDAT 5 LAST", "stop", "command QUIT"]),
            ("AUTH PLAIN\r\nQUIT\r\n", ["command AUTH PLAIN", "stop", "command QUIT"]),
            ("STARTTLS\r\nQUIT\r\n", ["command STARTTLS", "stop", "command QUIT"]),
            ("DATAX\r\nQUIT\r\n", ["command DATAX", "command QUIT"]),
            ("NOOP\nQUIT\r\n", ["malformed bareLineFeed", "command QUIT"]),
            ("DATA\nQUIT\r\n", ["malformed bareLineFeed", "command QUIT"]),
            ("NO\rOP\r\nQUIT\r\n", ["command NO\rOP", "command QUIT"]),
        ]
    )
    func lines(_ text: String, _ expected: [String]) {
        for pieces in everyCut(of: text) {
            #expect(self.frames(pieces) == expected)
        }
    }

    @Test("looks at nothing behind a stop until it is told what it is")
    func stops() {
        var framer = SMTPFramer()
        framer.append(ByteBuffer(string: "DATA\r\nQUIT\r\n"))
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "DATA")))
        #expect(framer.isStopped)
        #expect(framer.nextFrame() == nil)
        #expect(framer.octetsWaiting == 6)
        framer.resume(.commands)
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "QUIT")))
    }

    @Test("forgets what came before TLS, and counts it")
    func dropsPlainBytes() {
        var framer = SMTPFramer()
        framer.append(ByteBuffer(string: "STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n"))
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "STARTTLS")))
        #expect(framer.resume(.commandsAfterTLS) == 30)
        #expect(framer.nextFrame() == nil)
        framer.append(ByteBuffer(string: "EHLO a\r\n"))
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "EHLO a")))
    }

    @Test("keeps what followed a STARTTLS that was refused")
    func refusedTLS() {
        var framer = SMTPFramer()
        framer.append(ByteBuffer(string: "STARTTLS\r\nQUIT\r\n"))
        _ = framer.nextFrame()
        framer.resume(.commands)
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "QUIT")))
    }

    @Test("reads one answer within AUTH and stops again")
    func authResponses() {
        for pieces in everyCut(of: "AUTH LOGIN\r\nYQ==\r\n*\r\nQUIT\r\n") {
            var framer = SMTPFramer()
            var seen: [String] = []
            for piece in pieces {
                framer.append(piece)
                while true {
                    if let frame = framer.nextFrame() {
                        seen.append(Self.text(frame))
                    } else if framer.isStopped {
                        framer.resume(seen.count < 3 ? .authResponse : .commands)
                    } else {
                        break
                    }
                }
            }
            #expect(seen == ["command AUTH LOGIN", "response YQ==", "response *", "command QUIT"])
        }
    }

    @Test("hands a message over and stops behind it")
    func messageThenCommand() {
        for pieces in everyCut(of: "DATA\r\nA: b\r\n\r\n..c\r\n.\r\nQUIT\r\n") {
            var framer = SMTPFramer()
            var body = ByteBuffer()
            var seen: [String] = []
            for piece in pieces {
                framer.append(piece)
                while true {
                    if framer.isInBody {
                        guard case .ended(let verdict) = framer.takeBody(into: &body) else { break }
                        seen.append("\(verdict)")
                    } else if let frame = framer.nextFrame() {
                        seen.append(Self.text(frame))
                    } else if framer.isStopped {
                        framer.resume(seen.count == 1 ? .dataBody : .commands)
                    } else {
                        break
                    }
                }
            }
            #expect(seen == ["command DATA", "intact", "command QUIT"])
            #expect(String(buffer: body) == "A: b\r\n\r\n.c\r\n")
        }
    }

    @Test("counts a chunk's octets and nothing else", arguments: [0, 1, 5, 12])
    func chunk(_ octets: Int) {
        let text = String("abc\r\n.\r\nBDAT".prefix(octets + 2)).utf8.prefix(octets)
        for pieces in everyCut(of: String(decoding: text, as: UTF8.self) + "QUIT\r\n") {
            var framer = SMTPFramer(policy: .keep)
            framer.resume(.bdat(octets: octets, isFirst: true, isLast: true))
            var body = ByteBuffer()
            var ended = false
            for piece in pieces {
                framer.append(piece)
                if framer.isInBody { ended = framer.takeBody(into: &body) == .ended(.intact) }
                if framer.isStopped { framer.resume(.commands) }
            }
            #expect(ended)
            #expect(Array(body.readableBytesView) == Array(text))
            #expect(framer.nextFrame() == .command(ByteBuffer(string: "QUIT")))
        }
    }

    @Test("lesson 7: line ends are judged over one message's chunks and start anew with the next message")
    func chunkedLineEnds() {
        var framer = SMTPFramer()
        var body = ByteBuffer()
        func take(_ text: String, first: Bool, last: Bool) -> SMTPFramer.BodyProgress {
            framer.resume(.bdat(octets: text.utf8.count, isFirst: first, isLast: last))
            framer.append(ByteBuffer(string: text))
            return framer.takeBody(into: &body)
        }
        #expect(take("a\r", first: true, last: false) == .ended(.intact))
        #expect(take("\nb\r\n", first: false, last: true) == .ended(.intact))
        #expect(String(buffer: body) == "a\r\nb\r\n")
        #expect(take("a\n", first: true, last: false) == .ended(.bareLineEnd))
        #expect(take("b\r\n", first: false, last: true) == .ended(.bareLineEnd))
        #expect(take("b\r\n", first: true, last: true) == .ended(.intact))
        #expect(take("b\r", first: true, last: true) == .ended(.bareLineEnd))
        #expect(take("b\r", first: true, last: false) == .ended(.intact))
        // The client gave that message up; its CR is not the next one's.
        #expect(take("b\r\n", first: true, last: true) == .ended(.intact))
    }

    @Test("a line may be as long as its limit, and not longer")
    func lineLimit() {
        var limits = SMTPLimits()
        limits.commandLineOctetsMax = 32
        limits.authLineOctetsMax = 64
        limits.discardedOctetsMax = 200
        let fits = "NOOP " + String(repeating: "x", count: 25) + "\r\n"
        for pieces in everyCut(of: fits + "RSET\r\n") {
            #expect(self.frames(pieces, limits: limits) == ["command " + fits.dropLast(1), "command RSET"])
        }
        for pieces in everyCut(of: "x" + fits + "RSET\r\n") {
            #expect(self.frames(pieces, limits: limits) == ["malformed lineTooLong", "command RSET"])
        }
        let auth = "AUTH PLAIN " + String(repeating: "x", count: 51) + "\r\n"
        for pieces in everyCut(of: auth) {
            #expect(self.frames(pieces, limits: limits) == ["command " + auth.dropLast(1), "stop"])
        }
        for pieces in everyCut(of: "AUTH PLAIN x" + auth + "RSET\r\n") {
            #expect(self.frames(pieces, limits: limits) == ["malformed lineTooLong", "command RSET"])
        }
    }

    @Test("a line too long is measured by the limit it began with, whatever stands where it is cut")
    func limitOfLongLine() {
        var limits = SMTPLimits()
        limits.commandLineOctetsMax = 8
        limits.authLineOctetsMax = 16
        for (text, limit) in [("NOOP NOOP AUTH x\r\n", 8), ("AUTH NOOP NOOP NOOP NOOP x\r\n", 16)] {
            for pieces in everyCut(of: text) {
                var framer = SMTPFramer(limits: limits)
                var frames: [SMTPFramer.Frame] = []
                for piece in pieces {
                    framer.append(piece)
                    while let frame = framer.nextFrame() { frames.append(frame) }
                }
                #expect(frames == [.malformed(SMTPSyntaxError(.lineTooLong, at: limit))])
            }
        }
    }

    @Test("a line without end is given up, and bytes are not held for it")
    func endlessLine() {
        var limits = SMTPLimits()
        limits.commandLineOctetsMax = 32
        limits.discardedOctetsMax = 100
        for pieces in everyCut(of: String(repeating: "x", count: 120) + "\r\nRSET\r\n") {
            #expect(self.frames(pieces, limits: limits) == ["malformed lineEndless"])
        }
        var framer = SMTPFramer()
        var most = 0
        for _ in 0..<100 {
            framer.append(ByteBuffer(repeating: UInt8(ascii: "x"), count: 1_000))
            _ = framer.nextFrame()
            most = max(most, framer.octetsWaiting)
            if framer.isStopped { break }
        }
        #expect(most <= 3_048)
        #expect(framer.isStopped)
    }

    @Test("commands of which the last is never whole when they arrive hold no more than they need")
    func alwaysUnfinished() {
        var framer = SMTPFramer()
        framer.append(ByteBuffer(string: "NOO"))
        let piece = ByteBuffer(string: String(repeating: "P\r\nNOO", count: 1_000))
        var octetsHeldMax = 0
        for _ in 0..<500 {
            framer.append(piece)
            while let frame = framer.nextFrame() {
                guard case .command(let line) = frame else { return #expect(Bool(false), "\(frame)") }
                octetsHeldMax = max(octetsHeldMax, line.storageCapacity)
            }
        }
        // Three megabytes have passed through.
        #expect(octetsHeldMax <= 64 * 1_024)
    }
}
