import NIOCore
import Testing

@testable import POP3Wire

@Suite("POP3 framer")
struct POP3FramerTests {
    private func everyCut(of text: String) -> [[ByteBuffer]] {
        let bytes = Array(text.utf8)
        var cuts: [[ByteBuffer]] = [[ByteBuffer(bytes: bytes)]]
        for index in bytes.indices.dropFirst() {
            cuts.append([ByteBuffer(bytes: bytes[..<index]), ByteBuffer(bytes: bytes[index...])])
        }
        cuts.append(bytes.map { ByteBuffer(bytes: [$0]) })
        return cuts
    }

    /// What a session of lines comes out as; after AUTH the next line is its answer.
    private func frames(_ pieces: [ByteBuffer], _ limits: POP3Limits) -> [String] {
        var framer = POP3Framer(limits: limits)
        var result: [String] = []
        for piece in pieces {
            framer.append(piece)
            while true {
                switch framer.nextFrame() {
                case .command(let line): result.append("command \(String(buffer: line))")
                case .authResponse(let line): result.append("response \(String(buffer: line))")
                case .malformed(let error): result.append("malformed \(error.kind)")
                case nil where framer.isStopped && result.last != "malformed lineEndless":
                    framer.resume(result.last == "command AUTH X" ? .authResponse : .commands)
                    continue
                case nil: break
                }
                if framer.octetsWaiting == 0 { break }
                if result.count > 20 { break }
                if !framer.isStopped, !Self.hasLine(framer) { break }
                if framer.isStopped, result.last == "malformed lineEndless" { break }
            }
            framer.releaseIfEmpty()
        }
        return result
    }

    /// Whether a copy of the framer would give another line.
    private static func hasLine(_ framer: POP3Framer) -> Bool {
        var copy = framer
        return copy.nextFrame() != nil
    }

    @Test(
        "gives the same lines however they are cut",
        arguments: [
            ("USER a b\r\nPASS  c \r\nQUIT\r\n", ["command USER a b", "command PASS  c ", "command QUIT"]),
            ("STAT\nQUIT\n", ["command STAT", "command QUIT"]),
            ("AUTH X\r\nYQ==\r\nSTAT\r\n", ["command AUTH X", "response YQ==", "command STAT"]),
            ("STLS\r\nSTAT\r\n", ["command STLS", "command STAT"]),
            ("\r\n\r\n", ["command ", "command "]),
        ]
    )
    func lines(_ text: String, _ expected: [String]) {
        for pieces in self.everyCut(of: text) { #expect(self.frames(pieces, POP3Limits()) == expected) }
    }

    @Test("looks at nothing behind AUTH and STLS, and forgets what came before TLS")
    func stops() {
        var framer = POP3Framer()
        framer.append(ByteBuffer(string: "STLS\r\nUSER evil\r\n"))
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "STLS")))
        #expect(framer.nextFrame() == nil)
        framer.resume(.commandsAfterTLS)
        #expect(framer.octetsWaiting == 0)
        #expect(framer.nextFrame() == nil)
        framer.append(ByteBuffer(string: "authx\r\n"))
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "authx")))
        #expect(!framer.isStopped)
    }

    @Test("a line too long is measured by the limit it began with, whatever stands where it is cut")
    func limitOfLongLine() {
        var limits = POP3Limits()
        limits.commandLineOctetsMax = 8
        limits.authLineOctetsMax = 16
        for (text, limit) in [("NOOP NOOP AUTH x\r\n", 8), ("AUTH NOOP NOOP NOOP NOOP x\r\n", 16)] {
            for pieces in self.everyCut(of: text) {
                var framer = POP3Framer(limits: limits)
                var frames: [POP3Framer.Frame] = []
                for piece in pieces {
                    framer.append(piece)
                    while let frame = framer.nextFrame() { frames.append(frame) }
                }
                #expect(frames == [.malformed(POP3SyntaxError(.lineTooLong, at: limit))])
            }
        }
    }

    @Test("a line may be as long as its limit, and not longer; one without end is given up")
    func limits() {
        var limits = POP3Limits()
        limits.commandLineOctetsMax = 16
        limits.authLineOctetsMax = 32
        limits.discardedOctetsMax = 64
        let fits = "NOOP " + String(repeating: "x", count: 9) + "\r\n"
        for pieces in self.everyCut(of: fits + "x" + fits + "QUIT\r\n") {
            #expect(
                self.frames(pieces, limits) == ["command " + fits.dropLast(1), "malformed lineTooLong", "command QUIT"]
            )
        }
        let auth = "AUTH " + String(repeating: "x", count: 25) + "\r\n"
        for pieces in self.everyCut(of: auth + "QUIT\r\n") {
            #expect(self.frames(pieces, limits) == ["command " + auth.dropLast(1), "command QUIT"])
        }
        for pieces in self.everyCut(of: String(repeating: "x", count: 80) + "\r\nQUIT\r\n") {
            #expect(self.frames(pieces, limits) == ["malformed lineEndless"])
        }
    }

    @Test("commands of which the last is never whole when they arrive hold no more than they need")
    func alwaysUnfinished() {
        var framer = POP3Framer()
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
