import NIOCore
import Testing

@testable import ManageSieveWire

@Suite("ManageSieve answers (RFC 5804 §4, §1.3)")
struct ManageSieveReplyTests {
    private func written(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        write(&buffer)
        return String(buffer: buffer)
    }

    @Test(
        "an answer has its status, its code and its text",
        arguments: [
            (.done("Done"), "OK \"Done\""), (.done(""), "OK"), (.refused("No \"x\\y\""), "NO \"No \\\"x\\\\y\\\"\""),
            (.bye("Bye", .tryLater), "BYE (TRYLATER) \"Bye\""), (.refused("", .quota), "NO (QUOTA)"),
            (.refused("a", .quotaMaxScripts), "NO (QUOTA/MAXSCRIPTS) \"a\""),
            (.refused("a", .quotaMaxSize), "NO (QUOTA/MAXSIZE) \"a\""),
            (.refused("a", .nonexistent), "NO (NONEXISTENT) \"a\""),
            (.refused("a", .alreadyExists), "NO (ALREADYEXISTS) \"a\""),
            (.refused("a", .active), "NO (ACTIVE) \"a\""), (.done("a", .warnings), "OK (WARNINGS) \"a\""),
            (.refused("a", .encryptNeeded), "NO (ENCRYPT-NEEDED) \"a\""),
            (.refused("a", .authTooWeak), "NO (AUTH-TOO-WEAK) \"a\""),
            (.done("a", .sasl(Array("v=1".utf8))), "OK (SASL \"dj0x\") \"a\""),
            (.done("a", .tag(ByteBuffer(string: "x\"y"))), "OK (TAG \"x\\\"y\") \"a\""),
            (.done("a", .tag(ByteBuffer(string: "x\r\ny"))), "OK (TAG {4}\r\nx\r\ny) \"a\""),
            (.refused("1:1: error: x\n2:1: error: ü"), "NO {28}\r\n1:1: error: x\n2:1: error: ü"),
        ] as [(ManageSieveReply, String)]
    )
    func replies(_ reply: ManageSieveReply, _ expected: String) {
        #expect(self.written { $0.writeManageSieveReply(reply) } == expected + "\r\n")
    }

    @Test("a string is quoted up to 1024 octets, and a literal beyond")
    func strings() {
        let fits = String(repeating: "x", count: 1_024)
        #expect(self.written { $0.writeManageSieveString(fits) } == "\"\(fits)\"")
        #expect(self.written { $0.writeManageSieveString(fits + "x") } == "{1025}\r\n\(fits)x")
        #expect(self.written { $0.writeManageSieveString("") } == "\"\"")
        #expect(self.written { $0.writeManageSieveString("a\0b") } == "{3}\r\na\0b")
        #expect(self.written { $0.writeManageSieveReply(.done("a", .tag(ByteBuffer(bytes: [0xFF])))) }.contains("{1}"))
    }

    @Test("what is written is read again", arguments: ["main", "a\"b\\c", "ürlaub ☂", "{3+}", "\\", "\""])
    func roundTrip(_ text: String) throws {
        let name = try #require(ManageSieveScriptName(text))
        let command = self.written {
            $0.writeString("GETSCRIPT ")
            $0.writeManageSieveString(text)
        }
        #expect(try ManageSieveCommandParser.parse(ByteBuffer(string: command)) == .getScript(name))
    }

    @Test("scripts and their list")
    func scripts() {
        #expect(self.written { $0.writeManageSieveScript("a", isActive: true) } == "\"a\" ACTIVE\r\n")
        #expect(self.written { $0.writeManageSieveScript("b", isActive: false) } == "\"b\"\r\n")
        #expect(self.written { $0.writeManageSieveScript(Array("keep;\r\n".utf8)) } == "{7}\r\nkeep;\r\n\r\n")
        #expect(self.written { $0.writeManageSieveScript([]) } == "{0}\r\n\r\n")
    }

    @Test("a challenge is a literal, which is what clients have read since there were servers for it")
    func challenges() {
        #expect(self.written { $0.writeManageSieveChallenge([]) } == "{0}\r\n\r\n")
        #expect(self.written { $0.writeManageSieveChallenge(Array("Username:".utf8)) } == "{12}\r\nVXNlcm5hbWU6\r\n")
    }

    @Test("only what is there now is announced")
    func capabilities() {
        var capabilities = ManageSieveCapabilities(
            implementation: "Martlet 1",
            mechanisms: ["SCRAM-SHA-256", "PLAIN"],
            extensions: ["fileinto", "enotify"],
            notificationMethods: ["mailto"],
            redirectsMax: 4,
            offersTLS: true,
            owner: nil
        )
        let before = """
            "IMPLEMENTATION" "Martlet 1"\r
            "SASL" "SCRAM-SHA-256 PLAIN"\r
            "SIEVE" "fileinto enotify"\r
            "NOTIFY" "mailto"\r
            "MAXREDIRECTS" "4"\r
            "STARTTLS"\r
            "UNAUTHENTICATE"\r
            "VERSION" "1.0"\r

            """
        #expect(self.written { $0.writeManageSieveCapabilities(capabilities) } == before)
        capabilities.offersTLS = false
        capabilities.notificationMethods = []
        capabilities.owner = "alice@example.org"
        capabilities.listSchemes = ["tag", "urn"]
        let after = self.written { $0.writeManageSieveCapabilities(capabilities) }
        #expect(!after.contains("STARTTLS") && !after.contains("NOTIFY"))
        #expect(after.contains("\"EXTLISTS\" \"tag urn\"\r\n"))
        #expect(after.contains("\"OWNER\" \"alice@example.org\"\r\n"))
    }
}
