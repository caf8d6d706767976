import NIOCore
import Testing

@testable import SieveLanguage

@Suite("Passing over conditions that do not hold")
struct ScreenTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        "a text has the pairs of all that stands in it, in any case",
        arguments: ["", "l", "load", "LOAD 17", "17", "d 1", "Übung: Load 17 ist da", "ist da"]
    )
    func pairsOfWhatIsThere(key: String) {
        let text = OctetPairs(Self.bytes("übung: load 17 ist da".uppercased() + " übung: load 17 ist da"))
        #expect(OctetPairs(Self.bytes(key)).isSubset(of: text))
    }

    @Test("most of what does not stand in a text is told from it")
    func pairsOfWhatIsMissing() {
        let text = OctetPairs(Self.bytes("Re: the quarterly numbers, second try"))
        let words = ["invoice", "casino", "lottery", "agenda", "shipped", "meeting", "logwatch", "[spam]", "nagios"]
        #expect(words.count { OctetPairs(Self.bytes($0)).isSubset(of: text) } == 0)
        let shuffled = OctetPairs(Self.bytes("zyx"))
        #expect(!OctetPairs(Self.bytes("xyz")).isSubset(of: shuffled))
    }

    @Test(
        "a pattern has the pairs between its wildcards only",
        arguments: [("*load*", true), ("l?ad*", true), ("*o*d*1?", true), (#"*\*load"#, false), ("*loaf*", false)]
    )
    func pairsOfPatterns(pattern: String, fits: Bool) {
        for comparator in [SieveComparator.asciiCasemap, .octet] {
            var pairs = OctetPairs()
            pairs.insert(GlobPattern(Self.bytes(pattern), comparator: comparator))
            #expect(pairs.isSubset(of: OctetPairs(Self.bytes("Load 17"))) == fits)
        }
    }

    // MARK: - Runs

    private static let message = """
        From: "Ann (of Sales)" <ann+news@sender.test>, bob@sender.test
        To: "a b"@example.org
        Cc: friends: Carol <carol@example.org>;
        Subject: =?utf-8?q?Load_17_=5Bcalm=5D?=
        X-Empty:
        X-Twice: one
        X-Twice: two

        Hello.

        """

    private static let conditions = [
        #"header :contains "Subject" "load 17""#, #"header :is "Subject" "LOAD 17 [calm]""#,
        #"header :is :comparator "i;octet" "Subject" "Load 17 [calm]""#,
        #"header :is :comparator "i;octet" "Subject" "load 17 [calm]""#,
        #"header :matches "subject" "load ?? [*]""#, #"header :matches "Subject" "=?utf-8*""#,
        #"header :contains "Subject" "utf-8""#, #"header :contains ["X-Absent", "x-twice"] ["three", "two"]"#,
        #"header :is "X-Empty" """#, #"header :is "X-Absent" """#, #"header :contains "X-Absent" """#,
        #"header :contains "X-Twice" "t""#, #"header "X-Twice" "one""#, #"header :matches "X-Absent" "*""#,
        #"address :is "from" "ann+news@sender.test""#, #"address :localpart "from" "BOB""#,
        #"address :domain :contains ["to", "cc"] "example""#, #"address :all "to" "\"a b\"@example.org""#,
        #"address :localpart "to" "a b""#, #"address :localpart :matches "cc" "c*l""#, #"address "cc" "friends""#,
        #"address "from" "sales""#, #"exists ["From", "X-Twice"]"#, #"exists ["From", "X-Absent"]"#,
        "size :over 10", "size :over 10M", "size :under 10M", "true", "false", "not false", "not size :under 10",
        #"not header :contains "Subject" "minutes""#, #"not header :contains "Subject" "calm""#,
        #"anyof(false, header "X-Twice" "two")"#, #"anyof(header "X-Twice" "no", exists "X-Absent")"#,
        #"allof(exists "From", size :over 10M)"#, #"allof(not exists "X-Absent", header :contains "Subject" "calm")"#,
        #"allof(size :over 10M, not address :domain "from" "sender.test")"#,
        #"header :value "gt" :comparator "i;ascii-numeric" "Subject" "3""#, #"header :count "eq" "X-Twice" "2""#,
        #"header :index 2 "X-Twice" "one""#, #"header :index 2 "X-Twice" "two""#, #"header :regex "Subject" "^l.*17""#,
        #"address :user "from" "ann""#, #"address :detail "from" "news""#, #"header :mime :type "Subject" "load""#,
        #"envelope "from" "nobody""#, #"header :comparator "i;unicode-casemap" :contains "Subject" "CALM""#,
    ]

    private static let requires = """
        require ["relational", "comparator-i;ascii-numeric", "comparator-i;unicode-casemap", "index", "date", "regex",
            "subaddress", "mime", "envelope", "fileinto", "editheader", "variables", "imap4flags"];

        """

    @Test("a condition comes to what its test comes to", arguments: Self.conditions)
    func verdicts(condition: String) throws {
        let branches = "if \(condition) { fileinto \"yes\"; } if not \(condition) { fileinto \"no\"; }"
        for script in [branches, "if \(condition) { fileinto \"yes\"; } elsif true { fileinto \"no\"; }"] {
            let traced = try run(Self.requires + script, on: Self.message, isTracing: true)
            let result = try run(Self.requires + script, on: Self.message)
            #expect(result.error == nil)
            #expect(result.actions.map(\.action) == traced.actions.map(\.action))
            #expect(result.summary.count == 1, "one of the two holds")
        }
    }

    @Test("what a test does besides answering is done, whatever stands behind it")
    func matchValues() throws {
        let script = """
            if allof (header :matches "Subject" "load * *", header "X-Absent" "x") { discard; }
            fileinto "${1}";
            """
        #expect(try run(Self.requires + script, on: Self.message).summary == ["fileinto 17"])
    }

    @Test("fields that the script adds and deletes are seen")
    func editedHeaders() throws {
        let script = """
            if header "X-New" "value" { fileinto "before"; }
            addheader "X-New" "value";
            if header "X-New" "value" { fileinto "added"; }
            deleteheader "X-New";
            if header "X-New" "value" { fileinto "behind"; }
            deleteheader :index 1 "X-Twice";
            if header "X-Twice" "one" { fileinto "one"; }
            if header "X-Twice" "two" { fileinto "two"; }
            """
        #expect(try run(Self.requires + script, on: Self.message).summary == ["fileinto added", "fileinto two"])
    }

    @Test("what one script changes in the header is not there for another run on the same message")
    func sharedMessages() throws {
        let message = SieveMessage(ByteBuffer(bytes: wire(Self.message)))
        let adding = try program(Self.requires + #"addheader "X-New" "1"; deleteheader "Subject"; keep;"#)
        let looking = try program(
            Self.requires + #"if exists "X-New" { fileinto "new"; } if exists "Subject" { stop; }"#
        )
        for _ in 0..<2 {
            for first in [adding, looking] {
                let result = first.run(on: message, situation: situation(), world: FakeWorld())
                #expect(result.error == nil)
            }
            let alone = looking.run(on: message, situation: situation(), world: FakeWorld())
            #expect(alone.actions.isEmpty && alone.implicitKeep != nil)
            let both = SieveSequence([adding, looking]).run(on: message, situation: situation(), world: FakeWorld())
            #expect(both.actions.map(\.action) == [.fileInto(SieveFileInto(mailbox: "new"))])
        }
    }

    @Test("a site's script that leaves a message alone is passed over, and one that does not is run")
    func sequences() throws {
        let site = try program(
            Self.requires + #"if header "X-Spam" "yes" { addheader "X-Seen" "1"; fileinto "Junk"; stop; }"#
        )
        let own = try program(Self.requires + #"if exists "X-Seen" { discard; } fileinto "Own";"#)
        for isTracing in [false, true] {
            for (message, expected) in [(Self.message, "Own"), ("X-Spam: yes\n" + Self.message, "Junk")] {
                let result = SieveSequence([site, own]).run(
                    on: SieveMessage(ByteBuffer(bytes: wire(message))),
                    situation: situation(),
                    world: FakeWorld(),
                    isTracing: isTracing
                )
                #expect(result.summary == ["fileinto \(expected)"])
                #expect(result.implicitKeep == nil && result.editions.count == (expected == "Own" ? 1 : 2))
            }
        }
    }

    @Test("conditions that are passed over take steps for what was looked at")
    func steps() throws {
        let rule = #"if header :contains ["Subject", "X-Twice"] ["aaa", "bbb", "ccc", "ddd", "eee"] { discard; }"#
        let few = try run(Self.requires + rule, on: Self.message)
        let many = try run(Self.requires + String(repeating: rule + "\n", count: 100), on: Self.message)
        #expect(few.steps > 0 && many.steps >= 100 * few.steps)
        #expect(try run(Self.requires + rule, on: Self.message, isTracing: true).steps > few.steps)
    }
}
