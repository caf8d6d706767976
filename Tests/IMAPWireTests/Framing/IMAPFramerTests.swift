import IMAPWire
import NIOCore
import Testing

@Suite("framing (RFC 9051 §2.2, §4.3, RFC 7888)")
struct IMAPFramerTests {
    static let table: [(String, [String])] = [
        ("a NOOP\r\nb NOOP\r\n", ["command a NOOP", "command b NOOP"]),
        ("a NOOP\nb NOOP\n", ["command a NOOP", "command b NOOP"]),
        ("\r\na NOOP\r\n", ["command ", "command a NOOP"]),
        (
            "a LOGIN {1}\r\nx {2+}\r\n\r\n\r\nb NOOP\r\n",
            ["literal 1", "command a LOGIN {1}\r\nx {2+}\r\n\r\n", "command b NOOP"]
        ),
        ("a LOGIN {0}\r\n {0+}\r\n\r\n", ["literal 0", "command a LOGIN {0}\r\n {0+}\r\n"]),
        // The brace is a literal's last byte: what follows it announces nothing.
        ("a X {2+}\r\n{5}\r\nb NOOP\r\n", ["command a X {2+}\r\n{5}", "command b NOOP"]),
        ("a X {2+}\r\n{5+}\r\n", ["command a X {2+}\r\n{5+}"]),
        (
            "a X 5}\r\nb X {}\r\nc X {a}\r\nd X {+}\r\n",
            ["command a X 5}", "command b X {}", "command c X {a}", "command d X {+}"]
        ),
        ("a STARTTLS\r\nb NOOP\r\n", ["stop a STARTTLS", "command b NOOP"]),
        ("a idle\r\ndone\r\nb NOOP\r\n", ["stop a idle", "idle true", "command b NOOP"]),
        ("a IDLE\r\nb NOOP\r\nc NOOP\r\n", ["stop a IDLE", "idle false", "command c NOOP"]),
        (
            "a AUTHENTICATE LOGIN\r\nmore\r\nYg== {3+}\r\nb NOOP\r\n",
            ["stop a AUTHENTICATE LOGIN", "auth more", "auth Yg== {3+}", "command b NOOP"]
        ),
        ("a IDLER\r\na SELECT IDLE\r\na ID NIL\r\n", ["command a IDLER", "command a SELECT IDLE", "command a ID NIL"]),
        (
            "a APPEND INBOX {3}\r\nabc\r\nb NOOP\r\n",
            ["append a INBOX 3 0[]", "message abc", "appended", "command b NOOP"]
        ),
        (
            "a append {5+}\r\ninbox (\\Seen $x) \"17-Jul-1996 02:44:25 -0700\" {4+}\r\n\r\n\r\n\r\n",
            ["append a INBOX 4+ 1[\"$x\"] @837596665", "message \r\n\r\n", "appended"]
        ),
        (
            "a APPEND x (\\Draft) {1}\r\n1 {1+}\r\n2 \"1-Jan-1970 00:00:00 +0000\" {6}\r\n{2+}\r\n\r\n",
            [
                "append a x 1 16[]", "message 1", "next 1+ 0[]", "message 2", "next 6 0[] @0", "message {2+}\r\n",
                "appended",
            ]
        ),
        ("a APPEND x\r\nb APPEND {1+}\r\nx\r\n", ["command a APPEND x", "command b APPEND {1+}\r\nx"]),
        ("a APPEND x(\\Seen) {3+}\r\nabc\r\nb NOOP\r\n", ["refused a space 10", "command b NOOP"]),
        ("a APPEND x (\\Foo) {3}\r\nb NOOP\r\n", ["refused a flag 12", "command b NOOP"]),
        ("a APPEND x ~{3+}\r\nabc\r\nb NOOP\r\n", ["refused a literal 11", "command b NOOP"]),
        (
            "a APPEND x {3}\r\nabc x {3+}\r\nabc {1+}\r\n1\r\nb NOOP\r\n",
            ["append a x 3 0[]", "message abc", "refused a literal 20", "command b NOOP"]
        ),
        (
            "a APPEND x {3}\r\nabc)\r\nb NOOP\r\n",
            ["append a x 3 0[]", "message abc", "refused a endOfCommand 19", "command b NOOP"]
        ),
        (
            "a APPEND x {3}\r\nabc {2+}\r\nab)\r\nb NOOP\r\n",
            [
                "append a x 3 0[]", "message abc", "next 2+ 0[]", "message ab", "refused a endOfCommand 28",
                "command b NOOP",
            ]
        ),
        ("a APPEND x {0}\r\nb NOOP\r\n", ["refused a messageEmpty", "command b NOOP"]),
        (
            "a APPEND x {1}\r\n1 {0+}\r\n\r\nb NOOP\r\n",
            ["append a x 1 0[]", "message 1", "refused a messageEmpty", "command b NOOP"]
        ),
        (
            "a SETMETADATA {1}\r\nx (/shared/a ~{2}\r\n\0\n /private/b ~{1+}\r\n\r)\r\nb NOOP\r\n",
            [
                "literal 1", "literal 2",
                "command a SETMETADATA {1}\r\nx (/shared/a ~{2}\r\n\0\n /private/b ~{1+}\r\n\r)", "command b NOOP",
            ]
        ),
        ("a APPENDIX {1+}\r\nx\r\n", ["command a APPENDIX {1+}\r\nx"]),
    ]

    @Test("the same frames come of it, however the bytes arrive", arguments: Self.table)
    func conversations(_ text: String, _ expected: [String]) {
        let count = text.utf8.count
        #expect(FramerDriver.log(text, pieces: [count]) == expected)
        for size in 1...7 { #expect(FramerDriver.log(text, pieces: [size]) == expected, "in pieces of \(size)") }
        for split in 1..<count {
            #expect(FramerDriver.log(text, pieces: [split, count]) == expected, "split at \(split)")
        }
    }

    @Test(
        "what a refused literal brings is skipped, when it comes at all",
        arguments: [
            ("a LOGIN {3}\r\nb NOOP\r\n", ["literal 3", "command b NOOP"]),
            ("a APPEND x {3}\r\nb NOOP\r\n", ["append a x 3 0[]", "command b NOOP"]),
            ("a APPEND x {3+}\r\n\r\n\r {2+}\r\n\r\n\r\nb NOOP\r\n", ["append a x 3+ 0[]", "command b NOOP"]),
            ("a APPEND x {3+}\r\nabc {2}\r\nb NOOP\r\n", ["append a x 3+ 0[]", "command b NOOP"]),
        ]
    )
    func refusals(_ text: String, _ expected: [String]) {
        for size in 1...text.utf8.count {
            #expect(FramerDriver.log(text, accepting: false, pieces: [size]) == expected, "in pieces of \(size)")
        }
    }

    @Test("it waits for an answer and hands over nothing until it has one")
    func waits() {
        var framer = IMAPFramer()
        framer.append(ByteBuffer(string: "a LOGIN {1}\r\nx y\r\n"))
        #expect(framer.next() == .literalAnnounced(octets: 1))
        #expect(framer.next() == nil && framer.isStopped)
        framer.acceptLiteral()
        #expect(framer.next() == .command(ByteBuffer(string: "a LOGIN {1}\r\nx y"), stops: false))
        #expect(framer.next() == nil && !framer.isStopped)
    }

    @Test("what was sent before TLS is forgotten when TLS begins")
    func startTLS() {
        var framer = IMAPFramer()
        framer.append(ByteBuffer(string: "a STARTTLS\r\nb LOGIN mallory x\r\n"))
        #expect(framer.next() == .command(ByteBuffer(string: "a STARTTLS"), stops: true))
        framer.discardBuffered()
        framer.resume(.commands)
        #expect(framer.next() == nil && framer.bufferedOctets == 0)
        framer.append(ByteBuffer(string: "c NOOP\r\n"))
        #expect(framer.next() == .command(ByteBuffer(string: "c NOOP"), stops: false))
    }

    @Test("an appended message is handed over as it comes and never held")
    func streaming() {
        var driver = FramerDriver()
        driver.receive(ByteBuffer(string: "a APPEND x {5000000+}\r\n"))
        let piece = ByteBuffer(repeating: 0x61, count: 50_000)
        for _ in 0..<100 { driver.receive(piece) }
        driver.receive(ByteBuffer(string: "\r\n"))
        #expect(driver.bufferedMax == 0)
        #expect(driver.log.last == "appended")
    }
}
