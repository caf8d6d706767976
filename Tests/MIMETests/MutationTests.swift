import MIME
import MailTypes
import NIOCore
import Testing

/// Bytes of no grammar at all: nothing traps, every range stays inside, every answer is bounded and well-formed.
@Suite("mutated messages")
struct MutationTests {
    private static let seeds: [String] = [
        "From: A <a@b>\nTo: G: c@d, \"e\" <@r:f@g>;\nSubject: =?utf-8?q?=C3=BC?=\n"
            + "Date: Thu, 22 Aug 2002 18:26:25 +0700\nMessage-ID: <x@y>\n\nbody\n",
        "Content-Type: multipart/mixed; boundary=\"b\"\n\npre\n"
            + "--b\nContent-Type: text/plain; c*=utf-8''x; n*0=a; n*1=b\n\none\n--b\nContent-Type: message/rfc822\n\n"
            + "Subject: in\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\nx\n--bb--\n--b--\nepi\n",
        "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n"
            + "Content-Disposition: attachment; filename=\"a\\\"b\"\nContent-Language: en, de\n\nR3LDvA==\n",
        "Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: a\n\nx\n--d\n--d--",
    ]

    private static let tokens = [
        "--b", "--b--", "\r\n", "\n", "\r", "\r\n\r\n", "\"", "(", ")", "<", ">", "@", ":", ";", "=", "=?", "?=", "*",
        "\\", "\u{0}", "\u{FF}", "{", "%",
    ]

    static func mutated(_ seed: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...20, using: &generator)))
            case 2:
                let end = min(bytes.count, place + Int.random(in: 0...60, using: &generator))
                bytes.insert(
                    contentsOf: Array(bytes[place..<end]),
                    at: Int.random(in: 0...bytes.count, using: &generator)
                )
            default: bytes.insert(contentsOf: message(Self.tokens.randomElement(using: &generator) ?? ""), at: place)
            }
        }
        return bytes
    }

    @Test("are read without a trap, within bounds", arguments: 0..<4)
    func mutations(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) &* 7_919 &+ 1)
        let origin = message(Self.seeds[seed])
        for _ in 0..<1_500 { Self.check(Self.mutated(origin, using: &generator)) }
    }

    @Test("cut short at every byte are read as well", arguments: 0..<4)
    func prefixes(seed: Int) {
        let origin = message(Self.seeds[seed])
        for end in 0...origin.count { Self.check(Array(origin[..<end])) }
    }

    static func check(_ bytes: [UInt8]) {
        let structure = MIMEStructure.parse(bytes.span)
        #expect(structure.root.whole == 0..<bytes.count)
        for (number, part) in structure.parts.enumerated() {
            #expect(part.header.upperBound <= part.body.lowerBound && part.body.upperBound <= bytes.count)
            #expect(part.bodyLines == bytes[part.body].count { $0 == 0x0A })
            if let parent = part.parent {
                #expect(parent < number)
                #expect(part.header.lowerBound >= structure.parts[parent].body.lowerBound)
                #expect(part.body.upperBound <= structure.parts[parent].body.upperBound)
            }
            if let sibling = part.nextSibling {
                #expect(structure.parts[sibling].header.lowerBound >= part.body.upperBound)
            }
            _ = BodyText.decode(part, of: bytes.span)
        }
        let facts = MessageFacts.compute(of: bytes.span, structure: structure)
        #expect(isWellFormed(facts.envelope) && isWellFormed(facts.bodyStructure))
        #expect(facts.envelope.readableBytes + facts.bodyStructure.readableBytes < bytes.count * 60 + 1_000)
        _ = MessagePreview.text(of: bytes.span, structure: structure)
        _ = HeaderText.decode(bytes.span)
        _ = RFC5322Date.parse(bytes.span)
        let edits = SubmissionEdits.plan(for: bytes.span, now: .init(secondsSince1970: 0)) { "<m@h>" }
        #expect(edits.removals.allSatisfy { $0.upperBound <= bytes.count })
    }

    /// Whether this is one parenthesised list of IMAP: quotes closed, literals as long as they say, brackets matched.
    static func isWellFormed(_ buffer: ByteBuffer) -> Bool {
        let bytes = Array(buffer.readableBytesView)
        var depth = 0
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return index == bytes.count - 1 }
            case UInt8(ascii: "\""):
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    if bytes[index] == 0x0D || bytes[index] == 0x0A || bytes[index] >= 0x80 { return false }
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
            case UInt8(ascii: "{"):
                var length = 0
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "}") {
                    length = length * 10 + Int(bytes[index]) - 0x30
                    index += 1
                }
                index += 2 + length
            default: break
            }
            index += 1
        }
        return false
    }
}
