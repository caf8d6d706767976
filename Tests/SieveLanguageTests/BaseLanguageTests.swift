import NIOCore
import Testing

@testable import SieveLanguage

@Suite("base language")
struct BaseLanguageTests {
    @Test("a script that does nothing keeps the message")
    func implicitKeep() throws {
        #expect(try run("").summary == ["implicit keep"])
    }

    @Test("discard cancels the implicit keep and nothing else")
    func discard() throws {
        #expect(try run("discard;").summary == [])
        #expect(try run("keep; discard;").summary == ["keep"])
        #expect(try run("redirect \"a@b.test\"; discard;").summary == ["redirect a@b.test"])
    }

    @Test("the first branch that holds is taken, and only that")
    func branches() throws {
        let script = """
            require "fileinto";
            if false { fileinto "a"; } elsif true { fileinto "b"; } elsif true { fileinto "c"; } else { fileinto "d"; }
            if false { fileinto "e"; } else { fileinto "f"; }
            """
        #expect(try run(script).summary == ["fileinto b", "fileinto f"])
    }

    @Test("stop ends the script, also inside blocks")
    func stop() throws {
        #expect(try run("if true { if true { keep; stop; } } discard; redirect \"a@b.test\";").summary == ["keep"])
    }

    @Test("the same is not done twice")
    func duplicates() throws {
        let script = """
            require "fileinto";
            keep; fileinto "INBOX"; fileinto "x"; fileinto "x"; keep;
            redirect "A@b.test"; redirect "Al <a@b.test>";
            """
        #expect(try run(script).summary == ["keep", "fileinto x", "redirect A@b.test"])
    }

    @Test("size compares octets, and the exact size is neither over nor under")
    func size() throws {
        let octets = wire(plainMessage).count
        #expect(try holds("size :over \(octets - 1)"))
        #expect(try !holds("size :over \(octets)"))
        #expect(try !holds("size :under \(octets)"))
        #expect(try holds("size :under \(octets + 1)"))
    }

    @Test(
        "tests hold or do not",
        arguments: [
            ("header \"subject\" \"hello there\"", true), ("header :contains \"subject\" \"LLO T\"", true),
            ("header :matches \"subject\" \"h*e?e\"", true), ("header :is \"subject\" \"hello\"", false),
            ("header :comparator \"i;octet\" \"subject\" \"hello there\"", false),
            ("header :contains [\"x-none\", \"subject\"] [\"zzz\", \"hello\"]", true),
            ("header :contains \"x-none\" \"\"", false), ("exists [\"from\", \"TO\"]", true),
            ("exists [\"from\", \"x-none\"]", false), ("address \"from\" \"alice@sender.test\"", true),
            ("address :localpart \"from\" \"alice\"", true), ("address :domain \"from\" \"sender.test\"", true),
            ("address :all :contains \"from\" \"Alice \"", false), ("not true", false), ("not not true", true),
            ("anyof (false, true)", true), ("anyof (false, false)", false), ("allof (true, true)", true),
            ("allof (true, false)", false),
        ]
    )
    func tests(_ test: String, _ expected: Bool) throws {
        #expect(try holds(test) == expected)
    }

    @Test("encoded words, folds and 8-bit text are read as what they mean")
    func decodedHeaders() throws {
        let message = """
            Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus
             =?iso-8859-1?b?S/ZsbiE=?=
            From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>, Grüße <g@example.org>

            """
        #expect(try holds("header :is \"subject\" \"Grüße aus Köln!\"", on: message))
        #expect(try holds("header :contains \"from\" \"Jürgen\"", on: message))
        #expect(try holds("address :is \"from\" \"g@example.org\"", on: message))
    }

    @Test("the tab that begins a folded line is a space, another is itself, with and without encoded words")
    func foldedTabs() throws {
        let message = """
            Received: from here (localhost)
            \tby there; Mon, 2 Feb 2026 10:00:00 +0000
            Subject: one
            \t\ttwo\tthree

            """
        #expect(try holds("header :matches \"received\" \"from * by *\"", on: message))
        #expect(try holds("header :is \"subject\" \"one \ttwo\tthree\"", on: message))
    }

    @Test("a local part that is no UTF-8 makes no address, so that the next one is found")
    func brokenOctets() throws {
        let script = try program(
            "require [\"fileinto\", \"variables\"]; if address :matches \"to\" \"*@*\" { fileinto \"${1}\"; }"
        )
        let message = Array("To: ".utf8) + [0xCD, 0xBC, 0xA9, 0x52] + Array("@a.test, ann@a.test\r\n\r\n".utf8)
        let result = script.run(
            on: SieveMessage(ByteBuffer(bytes: message)),
            situation: situation(),
            world: FakeWorld()
        )
        #expect(result.summary == ["fileinto ann"])
        let contains = try program("if address :contains \"to\" \"a.test\" { discard; }")
        let broken = Array("To: ".utf8) + [0xCD] + Array("@a.test, ".utf8) + [0xCE] + Array("@b.test\r\n\r\n".utf8)
        let found = contains.run(
            on: SieveMessage(ByteBuffer(bytes: broken)),
            situation: situation(),
            world: FakeWorld()
        )
        #expect(found.summary.isEmpty)
    }

    @Test("groups are opened, display names and comments left out")
    func addresses() throws {
        let message = "To: team: Ann <ann@a.test>, b@b.test (Bob);, c@c.test\nCc: \"a b\"@d.test\nBcc: broken@\n\n"
        for address in ["ann@a.test", "b@b.test", "c@c.test"] {
            #expect(try holds("address \"to\" \"\(address)\"", on: message))
        }
        #expect(try !holds("address :contains \"to\" \"team\"", on: message))
        #expect(try holds("address \"cc\" \"\\\"a b\\\"@d.test\"", on: message))
        #expect(try holds("address :localpart \"cc\" \"a b\"", on: message))
        #expect(try holds("address \"bcc\" \"broken@\"", on: message))
        #expect(try !holds("address :localpart \"bcc\" \"broken\"", on: message))
    }

    @Test("strings may be texts of several lines, dots doubled")
    func multiLine() throws {
        let script = "require \"reject\";\nreject text: # why\nGo away.\n..dot\n.\n;"
        #expect(try run(script).summary == ["reject Go away.\r\n.dot\r\n"])
    }

    @Test("numbers may have a unit")
    func units() throws {
        #expect(try holds("size :under 1K"))
        #expect(try holds("allof (size :under 1m, size :under 1G)"))
    }

    @Test("a redirected message is not redirected from here again: lesson 16")
    func redirectLoop() throws {
        let result = try run(
            "redirect \"carol@other.test\";",
            on: "X-Sieve-Redirected-From: BOB@example.org\nSubject: x\n\n"
        )
        #expect(result.summary == ["implicit keep"])
        #expect(result.notes.count == 1)
    }

    @Test("who a redirected message comes from is the site's to say, but nobody stays nobody")
    func redirectSender() throws {
        func sender(_ choice: SieveSettings.RedirectSender, from: String = "alice@sender.test") throws -> String? {
            var settings = SieveSettings()
            settings.redirectSender = choice
            var place = situation(from: from)
            place.envelope.originalRecipient = "robert@example.org"
            let result = try run("redirect \"c@d.test\";", situation: place, settings: settings)
            guard case .redirect(let redirect) = result.actions.first?.action else { return nil }
            #expect(redirect.loopMark == "bob@example.org")
            return redirect.sender
        }
        #expect(try sender(.sender) == "alice@sender.test")
        #expect(try sender(.recipient) == "bob@example.org")
        #expect(try sender(.originalRecipient) == "robert@example.org")
        #expect(try sender(.address("")) == "")
        #expect(try sender(.recipient, from: "") == "")
    }

    @Test("an error drops what the script planned and keeps the message, with the reason")
    func errors() throws {
        let script = """
            require ["fileinto", "variables", "encoded-character"];
            fileinto "a";
            set "name" "${hex:ff}";
            fileinto "${name}";
            """
        let result = try run(script)
        #expect(result.summary == ["implicit keep"])
        #expect(result.error?.kind == .value)
        #expect(result.error?.position == SievePosition(line: 4, column: 1))
        #expect(result.error?.script == "script")
    }

    @Test("one program runs on many messages at once")
    func concurrentRuns() async throws {
        let program = try program("require \"fileinto\"; if header :contains \"subject\" \"7\" { fileinto \"seven\"; }")
        let counts = await withTaskGroup(of: Int.self) { group in
            for start in 0..<4 {
                group.addTask {
                    (0..<250).count { number in
                        let result = program.run(
                            on: SieveMessage(.init(bytes: wire("Subject: n\(start * 250 + number)\n\n"))),
                            situation: situation(),
                            world: FakeWorld()
                        )
                        return result.summary == ["fileinto seven"]
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(counts == (0..<1_000).count { String($0).contains("7") })
    }

    @Test("a trace tells each step with its values, and costs nothing when it is not asked for")
    func trace() throws {
        let script = "require \"fileinto\";\nif header :contains \"subject\" \"hello\" {\n  fileinto \"greetings\";\n}"
        #expect(try run(script).trace.isEmpty)
        #expect(
            try run(script, isTracing: true).trace.map(\.description) == [
                "script:2:4:   'Hello there' matches 'hello'", "script:2:4: header: true",
                "script:3:3:   plan fileinto \"greetings\"",
            ]
        )
    }
}
