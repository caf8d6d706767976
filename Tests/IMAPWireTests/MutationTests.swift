import IMAPWire
import NIOCore
import Testing

@Suite("mutated commands")
struct MutationTests {
    static let seeds = [
        "a001 LOGIN mrc secret\r\n", "a LOGIN {5}\r\nalice {3+}\r\nx\"y\r\n",
        "a AUTHENTICATE PLAIN AGEAYg==\r\nYg==\r\n",
        "a SELECT INBOX (CONDSTORE)\r\n", "a CREATE &AOk-/b (USE (\\Drafts \\Sent))\r\n",
        "a RENAME \"a b\" {1+}\r\nc\r\n",
        "a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (\"a\" b%) RETURN (CHILDREN STATUS (MESSAGES SIZE))\r\n",
        "a STATUS blurdybloop (UIDNEXT MESSAGES HIGHESTMODSEQ)\r\n", "a ID (\"name\" \"sodr\" \"v\" NIL)\r\n",
        "a FETCH 2:4,7,9:* (FLAGS BODY.PEEK[1.2.HEADER.FIELDS (DATE \"FROM\")]<0.100> MODSEQ) (CHANGEDSINCE 9)\r\n",
        "a UID STORE $ (UNCHANGEDSINCE 12) +FLAGS.SILENT (\\Deleted $x)\r\n", "a IDLE\r\nDONE\r\n",
        "a UID EXPUNGE 1:3\r\n",
        "a SEARCH RETURN (MIN SAVE) CHARSET UTF-8 OR (NOT SEEN FROM {2}\r\nab) "
            + "HEADER X \"\" SINCE 1-Feb-1994 MODSEQ 3\r\n",
        "a APPEND x (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {10}\r\nFrom: a\r\n\r\n (\\Draft) {3+}\r\nabc\r\n",
        "a SETMETADATA INBOX (/private/a {1}\r\nx /shared/b ~{2+}\r\n\r\n /private/c NIL)\r\nb NOOP\r\n",
        "a GETMETADATA (MAXSIZE 10 DEPTH 1) \"\" (/private /shared/b)\r\n",
        "a SETMETADATA \"\" (\"/private/d\" \"e\")\r\nb GETMETADATA a (DEPTH infinity) /private/c\r\n",
        "a ENABLE CONDSTORE\r\nb NAMESPACE\r\nc LSUB \"\" *\r\nd MOVE 1 Trash\r\n",
    ]

    @Test("lesson 9: 10,000 mutations never trap, stay bounded, and read the same in any pieces", arguments: 0..<8)
    func mutations(_ part: Int) {
        var random = SplitMix(state: UInt64(part) + 1)
        for round in 0..<1_250 {
            var bytes = Array(Self.seeds[(round + part) % Self.seeds.count].utf8)
            for _ in 0..<(1 + random.below(6)) { Self.mutate(&bytes, &random) }
            var whole = FramerDriver()
            whole.feed(bytes, pieces: [max(bytes.count, 1)])
            var pieces = FramerDriver()
            pieces.feed(bytes, pieces: [1 + random.below(9)])
            if whole.log != pieces.log { Issue.record("differs in pieces: \(String(decoding: bytes, as: UTF8.self))") }
            #expect(whole.framer.bufferedOctets <= bytes.count)
            for line in whole.log { Self.parse(line) }
        }
    }

    /// Reads what was framed; any answer will do, but a refusal never tells more than its place.
    private static func parse(_ line: String) {
        guard let text = ["command ", "stop "].first(where: line.hasPrefix).map({ line.dropFirst($0.count) }) else {
            return
        }
        do {
            _ = try IMAPRequest.parse(ByteBuffer(substring: text))
        } catch {
            var buffer = ByteBuffer()
            buffer.writeRefusal(error)
            if buffer.readableBytes > 300 { Issue.record("a long refusal: \(String(buffer: buffer))") }
            guard case .syntax(let error) = error.reason else { return }
            if error.offset > text.utf8.count { Issue.record("refused behind the end") }
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let special = Array("(){}[]<>\"\\ \r\n*%$+,:&-~0129".utf8)
        let place = random.below(bytes.count + 1)
        switch random.below(6) {
        case 0 where place < bytes.count: bytes[place] = UInt8(random.below(256))
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2: bytes.insert(special[random.below(special.count)], at: place)
        case 3: bytes.insert(contentsOf: bytes[place...].prefix(random.below(20)), at: place)
        case 4: bytes.removeSubrange(place..<min(bytes.count, place + random.below(12)))
        default: bytes.insert(contentsOf: Array("{\(random.below(40))+}\r\n".utf8), at: place)
        }
    }
}

/// Numbers that are the same in every run.
struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
}
