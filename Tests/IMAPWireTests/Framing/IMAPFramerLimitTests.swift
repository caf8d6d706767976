import IMAPWire
import NIOCore
import Testing

@Suite("framing limits")
struct IMAPFramerLimitTests {
    static func changed(_ change: (inout IMAPLimits) -> Void) -> IMAPLimits {
        var limits = IMAPLimits()
        change(&limits)
        return limits
    }

    static let small = Self.changed {
        $0.lineOctetsMax = 30
        $0.literalOctetsMax = 10
        $0.literalsMax = 3
        $0.literalsOctetsMax = 15
        $0.appendMessageOctetsMax = 10
        $0.appendMessagesMax = 3
        $0.appendOctetsMax = 15
        $0.skippedOctetsMax = 100
    }

    @Test(
        "each limit refuses the one command and the next is obeyed, however the bytes arrive",
        arguments: [
            (
                "a 345678901234567890123456789\r\nb NOOP\r\n",
                ["command a 345678901234567890123456789", "command b NOOP"]
            ),
            ("a 3456789012345678901234567890\r\nb NOOP\r\n", ["refused a lineTooLong", "command b NOOP"]),
            ("3456789012345678901234567890123\r\nb NOOP\r\n", ["refused - lineTooLong", "command b NOOP"]),
            (
                "a 34567890123456789012345678901 {9+}\r\nb EVIL\r\n {1+}\r\n\n\r\nb NOOP\r\n",
                ["refused a lineTooLong", "command b NOOP"]
            ),
            ("a 34567890123456789012345678901 {9}\r\nb NOOP\r\n", ["refused a lineTooLong", "command b NOOP"]),
            ("a X {1+}\r\n1 4567890123456789012345678901\r\nb NOOP\r\n", ["refused a lineTooLong", "command b NOOP"]),
            ("a X {10+}\r\n1234567890\r\n", ["command a X {10+}\r\n1234567890"]),
            ("a X {11+}\r\n12345678901\r\nb NOOP\r\n", ["refused a literalTooLong", "command b NOOP"]),
            ("a X {11}\r\nb NOOP\r\n", ["refused a literalTooLong", "command b NOOP"]),
            ("a {1+}\r\n1{1+}\r\n2{1+}\r\n3{1+}\r\n4\r\nb NOOP\r\n", ["refused a literalsTooMany", "command b NOOP"]),
            (
                "a {9+}\r\n123456789{6+}\r\n123456\r\nb NOOP\r\n",
                ["command a {9+}\r\n123456789{6+}\r\n123456", "command b NOOP"]
            ),
            ("a {9+}\r\n123456789{7+}\r\n1234567\r\nb NOOP\r\n", ["refused a literalsTooLong", "command b NOOP"]),
            ("a APPEND x {11+}\r\n\r\n345678901\r\nb NOOP\r\n", ["refused a messageTooLong", "command b NOOP"]),
            ("a APPEND x {11}\r\nb NOOP\r\n", ["refused a messageTooLong", "command b NOOP"]),
            (
                "a APPEND x {1+}\r\n1 {1+}\r\n2 {1+}\r\n3 {1}\r\nb NOOP\r\n",
                [
                    "append a x 1+ 0[]", "message 1", "next 1+ 0[]", "message 2", "next 1+ 0[]", "message 3",
                    "refused a messagesTooMany", "command b NOOP",
                ]
            ),
            (
                "a APPEND x {9+}\r\n123456789 {7+}\r\n1234567\r\nb NOOP\r\n",
                ["append a x 9+ 0[]", "message 123456789", "refused a messagesTooLong", "command b NOOP"]
            ),
            (
                "a APPEND x {1+}\r\n1 345678901234567890123456789012\r\nb NOOP\r\n",
                ["append a x 1+ 0[]", "message 1", "refused a lineTooLong", "command b NOOP"]
            ),
            ("a X {101+}\r\n1\r\nb NOOP\r\n", ["closed a skippedTooLong"]),
            ("a X {99999999999999999999+}\r\n1\r\n", ["closed a skippedTooLong"]),
            ("a X {999999999999999999999999999}\r\nb NOOP\r\n", ["refused a lineTooLong", "command b NOOP"]),
            (
                "a X {60+}\r\n" + String(repeating: "x", count: 60) + " {41+}\r\n",
                ["refused a literalTooLong", "closed - skippedTooLong"]
            ),
            (
                "a X {99+}\r\n" + String(repeating: "x", count: 300),
                ["refused a literalTooLong", "closed - skippedTooLong"]
            ),
            // What is skipped counts, whether it comes in a literal or in the line around it.
            (
                "a " + String(repeating: "x", count: 99) + "\r\nb NOOP\r\n",
                ["refused a lineTooLong", "closed - skippedTooLong"]
            ),
            ("a " + String(repeating: "x", count: 96) + "\r\nb NOOP\r\n", ["refused a lineTooLong", "command b NOOP"]),
            // More digits than are kept of a skipped line: whatever their number, nobody can follow.
            (
                "a 34567890123456789012345678901 {" + String(repeating: "0", count: 40) + "2+}\r\nab\r\nb NOOP\r\n",
                ["refused a lineTooLong", "closed - skippedTooLong"]
            ),
            (
                "a 34567890123456789012345678901 {" + String(repeating: "0", count: 40) + "2}\r\nb NOOP\r\n",
                ["refused a lineTooLong", "command b NOOP"]
            ),
            ("a IDLE\r\n" + String(repeating: "x", count: 40), ["stop a IDLE", "closed - lineTooLong"]),
            (
                "a AUTHENTICATE P\r\n" + String(repeating: "x", count: 40),
                ["stop a AUTHENTICATE P", "closed - lineTooLong"]
            ),
        ]
    )
    func limits(_ text: String, _ expected: [String]) {
        for size in 1...text.utf8.count {
            #expect(FramerDriver.log(text, limits: Self.small, pieces: [size]) == expected, "in pieces of \(size)")
        }
    }

    @Test("LITERAL-: a larger literal must not come unasked (RFC 7888 §5)")
    func literalMinus() {
        let limits = Self.changed { $0.nonSynchronizingLiteralOctetsMax = 4 }
        let log = FramerDriver.log(
            "a X {4+}\r\n1234\r\nb X {5+}\r\n12345\r\nc X {5}\r\n12345\r\n",
            limits: limits,
            pieces: [7]
        )
        #expect(
            log == ["command a X {4+}\r\n1234", "refused b literalTooLong", "literal 5", "command c X {5}\r\n12345"]
        )
        let append = FramerDriver.log("a APPEND x {5+}\r\n12345\r\nb NOOP\r\n", limits: limits, pieces: [7])
        #expect(append == ["refused a messageTooLong", "command b NOOP"])
    }

    @Test("lesson 9: a thousand literals of a megabyte in one command end in BYE, and hold next to nothing")
    func literalFlood() {
        var driver = FramerDriver()
        driver.receive(ByteBuffer(string: "a SEARCH TEXT {1000000+}\r\n"))
        #expect(driver.log == ["refused a literalTooLong"])
        let piece = ByteBuffer(repeating: 0x61, count: 100_000)
        for _ in 0..<1_000 where driver.log.count == 1 {
            for _ in 0..<10 { driver.receive(piece) }
            driver.receive(ByteBuffer(string: " TEXT {1000000+}\r\n"))
        }
        #expect(driver.log == ["refused a literalTooLong", "closed - skippedTooLong"])
        #expect(driver.bufferedMax < 1_000)
        driver.receive(piece)
        #expect(driver.framer.bufferedOctets == 0 && driver.framer.isStopped)
    }

    @Test("lesson 9: small literals without end, lines without end: memory stays within the limits")
    func floods() {
        let limits = IMAPLimits()
        var literals = FramerDriver()
        for _ in 0..<20_000 { literals.receive(ByteBuffer(string: "{2+}\r\nab ")) }
        #expect(literals.log == ["refused - literalsTooMany"])
        #expect(literals.bufferedMax <= limits.literalsOctetsMax + limits.lineOctetsMax)
        var line = FramerDriver()
        let piece = ByteBuffer(repeating: 0x61, count: 8_192)
        for _ in 0..<2_000 { line.receive(piece) }
        #expect(line.log == ["refused - lineTooLong"])
        #expect(line.bufferedMax <= limits.lineOctetsMax + piece.readableBytes)
    }

    @Test("what has been taken or skipped is not held, although the framer never runs empty")
    func neverEmpty() {
        var framer = IMAPFramer()
        framer.append(ByteBuffer(string: "a NOO"))
        let commands = ByteBuffer(string: String(repeating: "P\r\na NOO", count: 1_000))
        var octetsHeldMax = 0
        for _ in 0..<500 {
            framer.append(commands)
            while case .command(let command, _) = framer.next() {
                octetsHeldMax = max(octetsHeldMax, command.storageCapacity)
            }
        }
        #expect(octetsHeldMax <= 64 * 1_024)
        for _ in 0..<1_000 {
            framer.append(ByteBuffer(repeating: 0x61, count: 4_096))
            _ = framer.next()
        }
        framer.append(ByteBuffer(string: "\r\nb NO"))
        _ = framer.next()
        framer.append(ByteBuffer(string: "OP\r\n"))
        guard case .command(let command, _) = framer.next() else { return #expect(Bool(false), "no command") }
        #expect(command.storageCapacity <= 256 * 1_024)
    }
}
