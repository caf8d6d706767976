import NIOCore
import Testing

@testable import ManageSieveWire

@Suite("ManageSieve framer")
struct ManageSieveFramerTests {
    private func everyCut(of text: String) -> [[ByteBuffer]] {
        let bytes = Array(text.utf8)
        var cuts: [[ByteBuffer]] = [[ByteBuffer(bytes: bytes)]]
        for index in bytes.indices.dropFirst() {
            cuts.append([ByteBuffer(bytes: bytes[..<index]), ByteBuffer(bytes: bytes[index...])])
        }
        cuts.append(bytes.map { ByteBuffer(bytes: [$0]) })
        return cuts
    }

    /// What a session comes out as; after `AUTHENTICATE "X"` two lines answer challenges.
    private func frames(_ pieces: [ByteBuffer], _ limits: ManageSieveLimits = ManageSieveLimits()) -> [String] {
        var framer = ManageSieveFramer(limits: limits)
        var result: [String] = []
        var challenges = 0
        for piece in pieces {
            framer.append(piece)
            while true {
                if framer.isStopped {
                    if result.last == "command AUTHENTICATE \"X\"" { challenges = 2 }
                    framer.resume(challenges > 0 ? .saslResponse : .commands)
                    challenges -= 1
                }
                guard let frame = framer.nextFrame() else { break }
                switch frame {
                case .command(let command): result.append("command \(String(buffer: command))")
                case .saslResponse(let line): result.append("response \(String(buffer: line))")
                case .refused(let error): result.append("refused \(error.kind)")
                case .closed(let error): result.append("closed \(error.kind)")
                }
            }
            framer.releaseIfEmpty()
        }
        return result
    }

    @Test(
        "gives the same commands however they are cut",
        arguments: [
            ("CAPABILITY\r\nLOGOUT\r\n", ["command CAPABILITY", "command LOGOUT"]),
            ("NOOP\nNOOP \"a\"\n", ["command NOOP", "command NOOP \"a\""]),
            (
                "PUTSCRIPT \"a\" {7+}\r\nkeep;\r\n\r\nNOOP\r\n",
                ["command PUTSCRIPT \"a\" {7+}\r\nkeep;\r\n", "command NOOP"]
            ),
            ("CHECKSCRIPT {5}\r\nkeep;\r\nNOOP\r\n", ["command CHECKSCRIPT {5}\r\nkeep;", "command NOOP"]),
            (
                "RENAMESCRIPT {1+}\r\na {2+}\nbc\r\nNOOP\r\n",
                ["command RENAMESCRIPT {1+}\r\na {2+}\nbc", "command NOOP"]
            ),
            ("CHECKSCRIPT {0+}\r\n\r\nNOOP\r\n", ["command CHECKSCRIPT {0+}\r\n", "command NOOP"]),
            (
                "AUTHENTICATE \"X\"\r\n\"YQ==\"\r\n{4+}\r\nYg==\r\nNOOP\r\n",
                ["command AUTHENTICATE \"X\"", "response \"YQ==\"", "response {4+}\r\nYg==", "command NOOP"]
            ),
            ("STARTTLS\r\nNOOP\r\n", ["command STARTTLS", "command NOOP"]),
            ("\r\n\r\n", ["command ", "command "]),
        ]
    )
    func commands(_ text: String, _ expected: [String]) {
        for pieces in self.everyCut(of: text) { #expect(self.frames(pieces) == expected) }
    }

    @Test(
        "a literal is one only where a string may begin",
        arguments: [
            "NOOP \"{3+}\"", "NOOP \"a {3+}", "NOOP a{3+}", "NOOP {+}", "NOOP {3+} ", "NOOP {-3}", "NOOP {3++}",
        ]
    )
    func noLiterals(_ line: String) {
        for pieces in self.everyCut(of: line + "\r\nLOGOUT\r\n") {
            #expect(self.frames(pieces) == ["command \(line)", "command LOGOUT"])
        }
    }

    @Test("an escaped quote ends no quoted string, an escaped backslash escapes nothing")
    func escapes() {
        for pieces in self.everyCut(of: "PUTSCRIPT \"\\\"\\\\\" {2+}\r\nab\r\nNOOP \"\\\" {2+}\r\nNOOP\r\n") {
            let expected = ["command PUTSCRIPT \"\\\"\\\\\" {2+}\r\nab", "command NOOP \"\\\" {2+}", "command NOOP"]
            #expect(self.frames(pieces) == expected)
        }
    }

    @Test("looks at nothing behind AUTHENTICATE and STARTTLS, and forgets what came before TLS")
    func stops() {
        var framer = ManageSieveFramer()
        framer.append(ByteBuffer(string: "starttls\r\nDELETESCRIPT \"evil\"\r\n"))
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "starttls")))
        #expect(framer.nextFrame() == nil)
        framer.resume(.commandsAfterTLS)
        #expect(framer.octetsWaiting == 0)
        #expect(framer.nextFrame() == nil)
        framer.append(ByteBuffer(string: "STARTTLSX\r\nAuthenticate\r\n"))
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "STARTTLSX")))
        #expect(framer.nextFrame() == .command(ByteBuffer(string: "Authenticate")))
        #expect(framer.isStopped)
    }

    // MARK: - Bounds

    private var small: ManageSieveLimits {
        var limits = ManageSieveLimits()
        limits.lineOctetsMax = 40
        limits.literalOctetsBeforeLoginMax = 8
        limits.literalOctetsMax = 16
        limits.literalsMax = 2
        limits.skippedOctetsMax = 100
        return limits
    }

    @Test(
        "what is too large is refused, and what follows it is read",
        arguments: [
            ("NOOP \"12345678901234567890123456789012\"\r\n", "command NOOP \"12345678901234567890123456789012\""),
            ("NOOP \"123456789012345678901234567890123\"\r\n", "refused lineTooLong"),
            (
                "NOOP \"12345678901234567890123456789012345678901234567890123456789012345678901234567890\"\r\n",
                "refused lineTooLong"
            ),
            ("CHECKSCRIPT {8+}\r\n12345678\r\n", "command CHECKSCRIPT {8+}\r\n12345678"),
            ("CHECKSCRIPT {9+}\r\nLOGOUT \r\n\r\n", "refused literalTooLong"),
            ("X {5+}\r\nLOGOU {4+}\r\nNOOP {3+}\r\nend\r\n", "refused literalTooLong"),
            ("X {1+}\r\na {1+}\r\nb {1+}\r\nc\r\n", "refused literalsTooMany"),
            ("X {1+}\r\na 123456789012345678901234567890 {4+}\r\nNOOP\r\n", "refused lineTooLong"),
            ("PUTSCRIPT \"123456789012345678901234567890\" {6+}\r\nLOGOUT\r\n", "refused lineTooLong"),
        ]
    )
    func refusals(_ text: String, _ expected: String) {
        for pieces in self.everyCut(of: text + "NOOP\r\n") {
            #expect(self.frames(pieces, self.small) == [expected, "command NOOP"])
        }
    }

    @Test(
        "what is too large by far ends the connection",
        arguments: [
            "CHECKSCRIPT {101+}\r\n", "CHECKSCRIPT {9999999999999999999999+}\r\n",
            "CHECKSCRIPT {9223372036854775807+}\r\n",
        ]
    )
    func closes(_ text: String) {
        for pieces in self.everyCut(of: text + "NOOP\r\nNOOP\r\n") {
            #expect(self.frames(pieces, self.small) == ["closed skippedTooLong"])
        }
        for pieces in self.everyCut(of: String(repeating: "x", count: 140) + "\r\nNOOP\r\n") {
            #expect(self.frames(pieces, self.small) == ["refused lineTooLong", "closed skippedTooLong"])
        }
    }

    @Test("an answer to a challenge that is too large is refused, and commands follow it")
    func refusedResponse() {
        let text = "AUTHENTICATE \"X\"\r\n\"YQ==\"\r\n\"1234567890123456789012345678901234567890\"\r\nNOOP\r\n"
        for pieces in self.everyCut(of: text) {
            let expected = ["command AUTHENTICATE \"X\"", "response \"YQ==\"", "refused lineTooLong", "command NOOP"]
            #expect(self.frames(pieces, self.small) == expected)
        }
    }

    @Test("scripts are taken only once that is said")
    func scripts() {
        var framer = ManageSieveFramer(limits: self.small)
        let command = "CHECKSCRIPT {16+}\r\n1234567890123456\r\n"
        framer.append(ByteBuffer(string: command))
        #expect(framer.nextFrame() == .refused(ManageSieveSyntaxError(.literalTooLong, at: 12)))
        #expect(framer.nextFrame() == nil)
        framer.takesScripts = true
        framer.append(ByteBuffer(string: command))
        #expect(framer.nextFrame() == .command(ByteBuffer(string: String(command.dropLast(1)))))
    }

    @Test("never traps nor holds more than it was told to, whatever comes (seeded)")
    func mutations() {
        let seeds = [
            "PUTSCRIPT \"a\" {7+}\r\nkeep;\r\n\r\n", "AUTHENTICATE \"X\" \"YQ==\"\r\n\"*\"\r\n", "STARTTLS\r\nNOOP\r\n",
            "RENAMESCRIPT {1+}\r\na {2+}\r\nbc\r\n", "CHECKSCRIPT {99+}\r\n",
        ]
        var state: UInt64 = 5_804
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Int(state >> 33) % bound
        }
        for _ in 0..<5_000 {
            var framer = ManageSieveFramer(limits: self.small)
            for _ in 0...random(6) {
                var bytes = Array(seeds[random(seeds.count)].utf8)
                for _ in 0...random(4) where !bytes.isEmpty {
                    switch random(3) {
                    case 0: bytes[random(bytes.count)] = UInt8(random(256))
                    case 1: bytes.remove(at: random(bytes.count))
                    default: bytes.insert(UInt8(random(256)), at: random(bytes.count))
                    }
                }
                framer.append(ByteBuffer(bytes: bytes))
                while true {
                    if framer.isStopped { framer.resume([.commands, .saslResponse, .commandsAfterTLS][random(3)]) }
                    guard framer.nextFrame() != nil else { break }
                }
                // A line, its literals and their announcements are all that may wait.
                #expect(framer.octetsWaiting <= 40 + 8 + 32)
            }
        }
    }

    @Test("commands of which the last is never whole when they arrive hold no more than they need")
    func alwaysUnfinished() {
        var framer = ManageSieveFramer()
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
