import MIME
import NIOCore
import Testing

@Suite("limits")
struct LimitsTests {
    @Test("lesson 9: a message of 10,000 parts and more has 10,000 in its structure")
    func parts() {
        let text =
            "Content-Type: multipart/mixed; boundary=b\n\n"
            + String(repeating: "--b\n\nx\n", count: MIMELimits.partsMax + 50) + "--b--\n"
        let bytes = message(text)
        let structure = MIMEStructure.parse(bytes.span)
        #expect(structure.parts.count == MIMELimits.partsMax)
        #expect(structure.root.whole == 0..<bytes.count)
        let facts = MessageFacts.compute(of: bytes.span)
        #expect(facts.bodyStructure.readableBytes < 1_000_000)
    }

    @Test("lesson 9: 1,000 nested multiparts are opened 100 deep", arguments: [false, true])
    func nesting(areMessages: Bool) {
        let level = { (number: Int) in
            areMessages
                ? "Content-Type: message/rfc822\n\n"
                : "Content-Type: multipart/mixed; boundary=b\(number)\n\n--b\(number)\n"
        }
        let bytes = message((0..<1_000).map(level).joined() + "\nx\n")
        let structure = MIMEStructure.parse(bytes.span)
        #expect(structure.parts.map(\.depth).max() == MIMELimits.nestingMax - 1)
        let text = latin(MessageFacts.compute(of: bytes.span).bodyStructure)
        #expect(text.contains(#"("application" "octet-stream""#))
    }

    @Test("lesson 9: a thousand open boundaries that all match cost bounded work for each line")
    func boundaries() {
        let levels = (0..<120).map {
            let boundary = String(repeating: "b", count: $0 + 1)
            return "Content-Type: multipart/mixed; boundary=\(boundary)\n\n--\(boundary)\n"
        }
        let bytes = message(levels.joined() + "\n" + String(repeating: "--x\n", count: 50_000))
        #expect(MIMEStructure.parse(bytes.span).parts.map(\.depth).max() == MIMELimits.nestingMax - 1)
    }

    @Test("a boundary is compared by its first 80 octets")
    func longBoundary() {
        let boundary = String(repeating: "b", count: MIMELimits.boundaryOctetsMax)
        let bytes = message("Content-Type: multipart/mixed; boundary=\(boundary)xyz\n\n--\(boundary)\n\na\n")
        #expect(MIMEStructure.parse(bytes.span).parts.count == 2)
    }

    @Test("lesson 6: a Subject of a megabyte is shown cut and costs nothing else")
    func longSubject() {
        let bytes = message("Subject: " + String(repeating: "x", count: 1_000_000) + "\nTo: a@b\n\nbody")
        let facts = MessageFacts.compute(of: bytes.span)
        #expect(facts.envelope.readableBytes < MIMELimits.fieldOctetsMax + 200)
        #expect(latin(facts.envelope).contains(#"((NIL NIL "a" "b"))"#))
        #expect(facts.headerOctets == bytes.count - 4)
    }

    @Test(
        "lesson 6: odd headers never stop a message from being shown",
        arguments: [
            ": no name\n\nx", "\u{0}\u{0}: x\n\nx", ":\n\n", "Subject:\u{0}\n\n", "From: \u{0} <\u{0}@\u{0}>\n\n",
            "Content-Type: \u{0}\n\n",
            "Authentication-Results: ;;;=\"\n\n", "Date: \u{0}\n\n",
            "To: " + String(repeating: "<", count: 5_000) + "\n\n",
        ]
    )
    func oddHeaders(text: String) {
        let facts = MessageFacts.compute(of: message(text).span)
        #expect(latin(facts.envelope).hasPrefix("(") && latin(facts.envelope).hasSuffix(")"))
        #expect(!facts.envelope.readableBytesView.contains(0))
        #expect(!facts.bodyStructure.readableBytesView.contains(0))
    }

    @Test("fields beyond the limit are not read, but the header's end is found")
    func fields() {
        let bytes = message(String(repeating: "X: y\n", count: MIMELimits.fieldsMax) + "Subject: late\n\nbody")
        let facts = MessageFacts.compute(of: bytes.span)
        #expect(!latin(facts.envelope).contains("late"))
        #expect(facts.headerOctets == bytes.count - 4)
    }

    @Test("stray commas take little more of the envelope than of the header, real addresses all they need")
    func strayCommas() {
        let commas = message("From: " + String(repeating: ",", count: 9_000) + "\n\nbody")
        #expect(MessageFacts.compute(of: commas.span).envelope.readableBytes < 10 * commas.count + 20_000)
        let real = message("To: " + (0..<3_000).map { "u\($0)@example.org" }.joined(separator: ", ") + "\n\nbody")
        #expect(latin(MessageFacts.compute(of: real.span).envelope).contains(#"(NIL NIL "u2999" "example.org"))"#))
    }

    @Test("of thousands of enclosed messages those are described that find room")
    func enclosed() {
        let part = "--b\nContent-Type: message/rfc822\n\nFrom: " + String(repeating: ",", count: 9_000) + "\n\nx\n"
        let bytes = message(
            "Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: part, count: 300) + "--b--\n"
        )
        let structure = MessageFacts.compute(of: bytes.span).bodyStructure
        #expect(structure.readableBytes > MIMELimits.structureOctetsMax)
        #expect(structure.readableBytes < MIMELimits.structureOctetsMax + 512 * 1_024)
        let text = latin(structure)
        #expect(text.hasPrefix(#"(("message" "rfc822""#))
        #expect(text.hasSuffix(#"NIL NIL NIL NIL) "mixed" NIL NIL NIL NIL)"#))
    }

    @Test("languages beyond the limit are not listed")
    func languages() {
        let text =
            "Content-Language: " + String(repeating: "aa,", count: MIMELimits.languagesMax + 9)
            + "\nContent-Type: text/html\n\n"
        #expect(bodyStructure(text).split(separator: "\"aa\"").count == MIMELimits.languagesMax + 1)
    }

    @Test("a search and a preview read so much of a part and no more")
    func text() {
        let long = [UInt8](repeating: 0x61, count: MIMELimits.searchedTextOctetsMax + 10)
        let bytes = message("Subject: x\n\n") + long
        let structure = MIMEStructure.parse(bytes.span)
        #expect(BodyText.decode(structure.root, of: bytes.span).utf8.count == MIMELimits.searchedTextOctetsMax)
        let late = message("Subject: x\n\n" + String(repeating: " ", count: MIMELimits.previewSourceOctetsMax) + "late")
        #expect(MessagePreview.text(of: late.span).isEmpty)
    }
}
