import NIOCore
import Testing

@testable import SMTPWire

@Suite("message text on the wire (RFC 5321 §4.5.2)")
struct DotUnstufferTests {
    struct Outcome: Equatable {
        var text: String
        var verdict: SMTPBodyVerdict?
        var rest: String
    }

    private func run(_ pieces: [ByteBuffer], _ policy: BareLineEndPolicy) -> Outcome {
        var unstuffer = DotUnstuffer(policy: policy)
        var target = ByteBuffer()
        var rest = ByteBuffer()
        var verdict: SMTPBodyVerdict?
        for var piece in pieces {
            if verdict == nil, case .ended(let ended) = unstuffer.consume(&piece, into: &target) { verdict = ended }
            rest.writeBuffer(&piece)
        }
        return Outcome(text: String(buffer: target), verdict: verdict, rest: String(buffer: rest))
    }

    @Test(
        "removes one dot from a line that begins with one, and ends at a dot alone",
        arguments: [
            (".\r\n", "", ""),
            ("a\r\n.\r\n", "a\r\n", ""),
            ("a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n"),
            ("..\r\n.\r\n", ".\r\n", ""),
            ("...\r\n.\r\n", "..\r\n", ""),
            (".a\r\n.\r\n", "a\r\n", ""),
            ("a.b\r\n.c.\r\n.\r\n", "a.b\r\nc.\r\n", ""),
            ("\r\n\r\n.\r\n", "\r\n\r\n", ""),
            ("a\r\n.\r\n.\r\n", "a\r\n", ".\r\n"),
            ("\u{e9}\u{0}\u{7f}\r\n.\r\n", "\u{e9}\u{0}\u{7f}\r\n", ""),
        ]
    )
    func accepts(_ wire: String, _ text: String, _ rest: String) {
        for policy in [BareLineEndPolicy.refuse, .keep] {
            for pieces in everyCut(of: wire) {
                #expect(self.run(pieces, policy) == Outcome(text: text, verdict: .intact, rest: rest))
            }
        }
    }

    @Test(
        "lesson 8: nothing but CRLF.CRLF ends a message, at whatever octet it is cut",
        arguments: [
            "a\n.\n", "a\r\n.\n", "a\n.\r\n", "a\r.\r\n", "a\r\n.\r", "a\r.\r", "a\r\n.\r\r\n", "a\r\r\n.\n", ".\n",
            "\n.\r\n",
            "\r.\r\n", "a\n\r\n.\n", "a\r\n.\u{0}\r\n", "a\r\n..\r\n", "a\r\n. \r\n",
        ]
    )
    func smuggling(_ attempt: String) {
        let smuggled = "MAIL FROM:<evil@example.org>\r\n"
        let isClean = attempt.hasSuffix("..\r\n") || attempt.hasSuffix(". \r\n") || attempt.contains("\u{0}")
        for pieces in everyCut(of: attempt + smuggled + "\r\n.\r\nRSET\r\n") {
            let outcome = self.run(pieces, .refuse)
            #expect(outcome.verdict == (isClean ? .intact : .bareLineEnd))
            #expect(outcome.rest == "RSET\r\n")
            let kept = self.run(pieces, .keep)
            #expect(kept.verdict == .intact)
            #expect(kept.rest == "RSET\r\n")
            #expect(kept.text.utf8.count >= attempt.utf8.count - 1 + smuggled.utf8.count)
        }
    }

    @Test("nothing of a message is kept once it is known to be refused")
    func refusedTextIsDropped() {
        var unstuffer = DotUnstuffer()
        var target = ByteBuffer()
        var first = ByteBuffer(string: "a\nb\r\n")
        #expect(unstuffer.consume(&first, into: &target) == .needsMore)
        #expect(unstuffer.isRefused)
        let held = target.readableBytes
        var second = ByteBuffer(repeating: 0x61, count: 100_000)
        #expect(unstuffer.consume(&second, into: &target) == .needsMore)
        #expect(target.readableBytes == held)
    }

    @Test("slices say the same as the copy")
    func slices() {
        for pieces in everyCut(of: "a\r\n..b\r\n.c\r\n\r\n.\r\nQ") {
            var unstuffer = DotUnstuffer()
            var text = ByteBuffer()
            for var piece in pieces {
                if unstuffer.consume(&piece, { text.writeImmutableBuffer($0) }) == .ended(.intact) { break }
            }
            #expect(String(buffer: text) == "a\r\n.b\r\nc\r\n\r\n")
        }
    }

    @Test("lesson 8: any message survives stuffing and unstuffing, however both sides are cut (seeded)")
    func roundTrip() {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<2_000 {
            var message = ""
            for _ in 0..<Int.random(in: 0..<8, using: &generator) {
                message += ["", ".", "..", "a", ".a", "a.", "ab\u{e9}"].randomElement(using: &generator) ?? ""
                message += "\r\n"
            }
            var stuffer = DotStuffer()
            var wire = ByteBuffer()
            for piece in self.randomPieces(message, &generator) { stuffer.write(piece, into: &wire) }
            stuffer.finish(into: &wire)
            let whole = self.stuffed([ByteBuffer(string: message)])
            #expect(String(buffer: wire) == whole)
            let outcome = self.run(self.randomPieces(whole, &generator), .refuse)
            #expect(outcome == Outcome(text: message, verdict: .intact, rest: ""))
        }
    }

    @Test("lesson 8: what goes out never ends early, whatever the message holds (seeded)")
    func nothingSmuggledOut() {
        var generator = SeededGenerator(seed: 88)
        let octets = ["\r", "\n", ".", "a", "\r\n", "\r\n."]
        for _ in 0..<5_000 {
            var message = ""
            for _ in 0..<Int.random(in: 0..<12, using: &generator) {
                message += octets.randomElement(using: &generator) ?? ""
            }
            let wire = self.stuffed(self.randomPieces(message, &generator))
            #expect(wire == self.stuffed([ByteBuffer(string: message)]))
            let outcome = self.run([ByteBuffer(string: wire)], .refuse)
            #expect(outcome.verdict == .intact)
            #expect(outcome.rest.isEmpty)
            #expect(!outcome.text.isEmpty || message.isEmpty)
        }
    }

    @Test(
        "the end is put on a line of its own, and bare line ends become CRLF",
        arguments: [
            ("", ".\r\n"), ("a", "a\r\n.\r\n"), ("a\r\n", "a\r\n.\r\n"), (".", "..\r\n.\r\n"),
            ("a\r\n.\r\n", "a\r\n..\r\n.\r\n"), ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"),
            ("a\r.\rb\r", "a\r\n..\r\nb\r\n.\r\n"),
            ("\r\r\n\n", "\r\n\r\n\r\n.\r\n"), ("a\r\n\r", "a\r\n\r\n.\r\n"),
        ]
    )
    func stuffing(_ text: String, _ wire: String) {
        for pieces in everyCut(of: text) {
            #expect(self.stuffed(pieces) == wire)
        }
    }

    private func stuffed(_ pieces: [ByteBuffer]) -> String {
        var stuffer = DotStuffer()
        var wire = ByteBuffer()
        for piece in pieces { stuffer.write(piece, into: &wire) }
        stuffer.finish(into: &wire)
        return String(buffer: wire)
    }

    private func randomPieces(_ text: String, _ generator: inout SeededGenerator) -> [ByteBuffer] {
        var rest = ByteBuffer(string: text)
        var pieces: [ByteBuffer] = []
        while rest.readableBytes > 0 {
            let count = Int.random(in: 1...min(5, rest.readableBytes), using: &generator)
            if let piece = rest.readSlice(length: count) { pieces.append(piece) }
        }
        return pieces
    }
}
