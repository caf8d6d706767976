import NIOCore
import Testing

@testable import SieveLanguage

@Suite("editheader")
struct EditingTests {
    static let message = "Received: one\nSubject: Old\nX-A: 1\nX-A: 2\nX-A: three\nAuto-Submitted: no\n\nBody.\n"

    private static func edited(_ commands: String, settings: SieveSettings = SieveSettings()) throws -> String {
        let result = try run(
            "require [\"editheader\", \"index\", \"fileinto\"]; \(commands) keep;",
            on: Self.message,
            settings: settings
        )
        #expect(result.error == nil)
        return result.message(0, of: Self.message)
    }

    @Test(
        "fields are added and deleted, all else stays",
        arguments: [
            ("addheader \"X-New\" \"v\";", "X-New: v\n" + Self.message),
            ("addheader :last \"X-New\" \"v\";", Self.message.replacing("\n\nBody", with: "\nX-New: v\n\nBody")),
            ("deleteheader \"subject\";", Self.message.replacing("Subject: Old\n", with: "")),
            ("deleteheader \"x-a\";", Self.message.replacing("X-A: 1\nX-A: 2\nX-A: three\n", with: "")),
            ("deleteheader :index 2 \"x-a\";", Self.message.replacing("X-A: 2\n", with: "")),
            ("deleteheader :last :index 1 \"x-a\";", Self.message.replacing("X-A: three\n", with: "")),
            ("deleteheader :contains \"x-a\" \"re\";", Self.message.replacing("X-A: three\n", with: "")),
            (
                "deleteheader :is \"x-a\" [\"1\", \"three\"];",
                Self.message.replacing("X-A: 1\nX-A: 2\nX-A: three\n", with: "X-A: 2\n")
            ),
            ("deleteheader :index 1 :is \"x-a\" \"2\";", Self.message), ("deleteheader \"received\";", Self.message),
            ("deleteheader \"auto-submitted\";", Self.message), ("deleteheader \"x-none\";", Self.message),
            ("addheader \"X-B\" \"b\"; deleteheader \"x-b\";", Self.message),
        ]
    )
    func edits(_ commands: String, _ expected: String) throws {
        #expect(try Self.edited(commands) == expected)
    }

    @Test("text outside ASCII is encoded, long text folded, and reads back the same")
    func encoding() throws {
        let value = "Grüße " + String(repeating: "lang ", count: 40) + "ende"
        #expect(
            try Self.edited("addheader \"X-New\" \"\(value)\";").split(separator: "\n").allSatisfy {
                $0.utf8.count <= 78
            }
        )
        let before = "addheader \"X-New\" \"\(value)\";"
        #expect(try holds("header :is \"x-new\" \"\(value)\"", require: ["editheader"], before: before))
    }

    @Test("the size is that of the message as it is now, put together once for each change")
    func size() {
        let octets = wire(Self.message).count
        let view = MessageView(ByteBuffer(bytes: wire(Self.message)))
        #expect(view.octets == octets)
        view.addField(Array("X: 1\r\n".utf8), nameOctets: 1, atEnd: false)
        #expect(view.octets == octets + 6)
        let (first, second) = (view.edition, view.edition)
        let isOne = first.segments.span.isIdentical(to: second.segments.span)
        #expect(isOne)
        view.addField(Array("Y: 1\r\n".utf8), nameOctets: 1, atEnd: true)
        #expect(view.octets == octets + 12)
        view.removeField(at: 0)
        #expect(view.octets == octets + 6)
        _ = view.structure
        #expect(view.octets == octets + 6)
        view.removeField(at: 0)
        #expect(view.octets == octets + 6 - "Received: one\r\n".utf8.count)
        view.rebase(on: SieveEdition(originalOctets: octets))
        #expect(view.octets == octets)
    }

    @Test("a value cannot start another field")
    func injection() throws {
        let text = try Self.edited("addheader \"X-New\" \"a\r\nBcc: x@y.test\";")
        #expect(!text.contains("\nBcc"))
        #expect(text.hasPrefix("X-New: aBcc: x@y.test\n"))
    }

    @Test("tests see the changes, and each action takes the message as it was then")
    func editions() throws {
        let script = """
            require ["editheader", "fileinto", "copy"];
            fileinto :copy "before";
            addheader "X-Mark" "1";
            fileinto :copy "between";
            deleteheader "x-mark";
            addheader "X-Mark" "2";
            if header "x-mark" "2" { fileinto "after"; }
            """
        let result = try run(script)
        #expect(result.message(0) == plainMessage)
        #expect(result.message(1) == "X-Mark: 1\n" + plainMessage)
        #expect(result.message(2) == "X-Mark: 2\n" + plainMessage)
    }

    @Test("the implicit keep takes the message as the script leaves it")
    func implicitKeep() throws {
        let result = try run("require \"editheader\"; addheader \"X-Mark\" \"1\";")
        let keep = try #require(result.implicitKeep)
        #expect(result.text(of: keep.edition) == "X-Mark: 1\n" + plainMessage)
    }

    @Test("the body is never copied into an edition")
    func segments() throws {
        let result = try run("require \"editheader\"; addheader \"X-Mark\" \"1\"; keep;")
        let octets = wire(plainMessage).count
        #expect(result.editions[1].segments == [.bytes(Array("X-Mark: 1\r\n".utf8)), .original(0..<octets)])
    }

    @Test("a message without header or without end of it gets a whole one")
    func oddMessages() throws {
        let script = "require \"editheader\"; addheader :last \"X-Mark\" \"1\"; keep;"
        #expect(try run(script, on: "Subject: x").message(0, of: "Subject: x") == "Subject: x\nX-Mark: 1\n\n")
        #expect(try run(script, on: "\nBody").message(0, of: "\nBody") == "X-Mark: 1\n\nBody")
        #expect(try run(script, on: "").message(0, of: "") == "X-Mark: 1\n\n")
    }

    @Test("what the site protects stays, but Subject may always be changed")
    func protected() throws {
        var settings = SieveSettings()
        settings.protectedFields = ["x-a", "subject"]
        settings.undeletableFields = ["x-b"]
        let commands =
            "deleteheader \"X-A\"; addheader \"x-a\" \"4\"; addheader \"X-B\" \"b\"; deleteheader \"x-b\";"
            + "deleteheader \"subject\";"
        #expect(
            try Self.edited(commands, settings: settings) == "X-B: b\n"
                + Self.message.replacing("Subject: Old\n", with: "")
        )
    }

    @Test("names that no field can have are refused", arguments: ["X:", "a b", "", "ä"])
    func names(_ name: String) {
        #expect(compile("require \"editheader\"; addheader \"\(name)\" \"x\";").errors.count == 1)
        #expect(compile("require \"editheader\"; deleteheader \"\(name)\";").errors.count == 1)
    }
}
