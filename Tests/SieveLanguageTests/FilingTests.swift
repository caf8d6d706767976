import Testing

@testable import SieveLanguage

@Suite("filing: fileinto, copy, flags, mailboxes")
struct FilingTests {
    private static func target(_ script: String, world: FakeWorld = FakeWorld()) throws -> SieveFileInto? {
        guard case .fileInto(let target) = try run(script, world: world).actions.first?.action else { return nil }
        return target
    }

    @Test("a copy leaves the implicit keep in force")
    func copies() throws {
        let script = "require [\"fileinto\", \"copy\"]; fileinto :copy \"a\"; redirect :copy \"b@c.test\";"
        #expect(try run(script).summary == ["fileinto a", "redirect b@c.test", "implicit keep"])
    }

    @Test("all arguments reach the action")
    func arguments() throws {
        let script = """
            require ["fileinto", "mailbox", "special-use", "mailboxid", "imap4flags", "copy"];
            fileinto :create :copy :specialuse "\\\\Junk" :mailboxid "F123" :flags ["\\\\seen", "$Junk $Junk"] "Spam";
            """
        let target = try #require(try Self.target(script))
        #expect(target.mailbox == "Spam")
        #expect(target.createsMailbox && target.isCopy)
        #expect(target.specialUse == "\\Junk")
        #expect(target.mailboxID == "F123")
        #expect(target.flags == ["\\Seen", "$Junk"])
    }

    @Test("a name that no mailbox can have is refused, at once where it is known")
    func names() throws {
        #expect(compile("require [\"fileinto\", \"encoded-character\"]; fileinto \"${hex:ff}\";").errors.count == 1)
        #expect(compile("require \"fileinto\"; fileinto \"\";").errors.count == 1)
    }

    @Test(
        "flags that were set go with actions to come",
        arguments: [
            ("setflag \"\\\\Seen\"; keep;", ["keep [\\Seen]"]),
            ("addflag \"a\"; addflag [\"B\", \"A\"];", ["implicit keep [a B]"]),
            ("setflag \"a b c\"; removeflag \"B\"; fileinto \"x\";", ["fileinto x [a c]"]),
            ("setflag \"a\"; removeflag \"a\";", ["implicit keep []"]),
            ("fileinto \"x\"; setflag \"a\";", ["fileinto x"]),
            ("setflag \"a\"; keep :flags \"b\";", ["keep [b]"]),
            ("keep :flags \"a\"; keep :flags \"b\";", ["keep [b]"]),
            ("setflag [\"\\\\Recent\", \"\\\\Nonsense\", \"a(b\", \"ok\"]; keep;", ["keep [ok]"]), ("keep;", ["keep"]),
            (
                "setflag \"v\" \"a b\"; addflag \"v\" \"c\"; removeflag \"v\" \"a\"; fileinto \"${v}\";",
                ["fileinto b c"]
            ),
        ]
    )
    func flags(_ commands: String, _ expected: [String]) throws {
        #expect(try run("require [\"imap4flags\", \"fileinto\", \"variables\"]; \(commands)").summary == expected)
    }

    @Test(
        "hasflag compares flags",
        arguments: [
            ("hasflag \"\\\\SEEN\"", true), ("hasflag \"b \\\\Seen\"", true), ("hasflag \"none\"", false),
            ("hasflag :contains \"work\"", true), ("hasflag :matches \"$w*\"", true),
            ("hasflag :count \"eq\" :comparator \"i;ascii-numeric\" \"2\"", true), ("hasflag \"v\" \"x\"", true),
            ("hasflag [\"none\", \"v\"] \"y\"", true),
        ]
    )
    func hasFlag(_ test: String, _ expected: Bool) throws {
        let capabilities = ["imap4flags", "variables", "relational", "comparator-i;ascii-numeric"]
        let before = "setflag \"\\\\Seen $work\"; setflag \"v\" \"x y\";"
        #expect(try holds(test, require: capabilities, before: before) == expected)
    }

    @Test("a message that is stored already has its flags")
    func storedFlags() throws {
        var place = situation()
        place.flags = ["\\Seen"]
        #expect(try holds("hasflag \"\\\\Seen\"", require: ["imap4flags"], situation: place))
    }

    @Test("questions about mailboxes are the world's to answer")
    func questions() throws {
        var world = FakeWorld()
        world.mailboxes = ["INBOX", "a"]
        world.annotations = ["a /private/comment": "hi", " /shared/admin": "root"]
        world.mailboxIDs = ["F1": "a"]
        world.specialUses = ["a": ["\\Junk"]]
        let capabilities = ["mailbox", "mboxmetadata", "servermetadata", "mailboxid", "special-use"]
        let yes = [
            "mailboxexists [\"INBOX\", \"a\"]", "metadata \"a\" \"/private/comment\" \"HI\"",
            "metadataexists \"a\" \"/private/Comment\"", "servermetadata :contains \"/shared/admin\" \"oo\"",
            "servermetadataexists [\"/shared/admin\"]", "mailboxidexists \"F1\"", "specialuse_exists \"\\\\Junk\"",
            "specialuse_exists \"a\" [\"\\\\Junk\"]",
        ]
        let no = [
            "mailboxexists [\"INBOX\", \"b\"]", "metadata \"b\" \"/private/comment\" \"hi\"",
            "metadataexists \"a\" [\"/private/comment\", \"/private/x\"]", "servermetadataexists \"/shared/x\"",
            "mailboxidexists [\"F1\", \"F2\"]", "specialuse_exists \"INBOX\" \"\\\\Junk\"",
            "specialuse_exists \"\\\\Sent\"",
        ]
        for test in yes { #expect(try holds(test, require: capabilities, world: world), "\(test)") }
        for test in no { #expect(try !holds(test, require: capabilities, world: world), "\(test)") }
    }
}
