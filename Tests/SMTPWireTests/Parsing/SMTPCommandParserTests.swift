import MailTypes
import NIOCore
import Testing

@testable import SMTPWire

@Suite("SMTP commands (RFC 5321 §4.1.1)")
struct SMTPCommandParserTests {
    static let everything: SMTPExtensions = [
        .size, .eightBitMIME, .internationalized, .dsn, .auth, .chunking, .startTLS, .pipelining, .enhancedStatusCodes,
        .deliverBy,
    ]

    private func parse(
        _ line: String,
        dialect: SMTPDialect = .smtp,
        extensions: SMTPExtensions = Self.everything,
        international: Bool = false
    ) throws(SMTPSyntaxError) -> SMTPCommand {
        var parser = SMTPCommandParser(dialect: dialect, extensions: extensions)
        parser.isInternationalTransaction = international
        return try parser.parse(ByteBuffer(string: line))
    }

    private func kind(
        _ line: String,
        dialect: SMTPDialect = .smtp,
        extensions: SMTPExtensions = Self.everything
    )
        -> SMTPSyntaxError.Kind?
    {
        do throws(SMTPSyntaxError) {
            _ = try self.parse(line, dialect: dialect, extensions: extensions)
            return nil
        } catch {
            return error.kind
        }
    }

    @Test(
        "reads what the grammar allows",
        arguments: [
            ("HELO c.example", .helo("c.example")),
            ("ehlo [192.0.2.1]", .ehlo("[192.0.2.1]")),
            ("EHLO under_score ", .ehlo("under_score")),
            ("DATA", .data), ("data  ", .data), ("RSET", .rset), ("QUIT", .quit), ("STARTTLS", .startTLS),
            ("starttls\t", .startTLS), ("NOOP", .noop), ("NOOP whatever it says", .noop),
            ("HELP", .help(nil)), ("HELP MAIL", .help("MAIL")), ("VRFY alice", .vrfy("alice")),
            ("EXPN staff list", .expn("staff list")),
            ("BDAT 0", .bdat(octets: 0, isLast: false)), ("BDAT 86 LAST", .bdat(octets: 86, isLast: true)),
            ("bdat 86 last", .bdat(octets: 86, isLast: true)),
            ("AUTH plain", .auth(mechanism: "PLAIN", initialResponse: nil)),
            ("AUTH SCRAM-SHA-256 bixh", .auth(mechanism: "SCRAM-SHA-256", initialResponse: ByteBuffer(string: "bixh"))),
            ("AUTH EXTERNAL =", .auth(mechanism: "EXTERNAL", initialResponse: ByteBuffer())),
        ] as [(String, SMTPCommand)]
    )
    func accepts(_ line: String, _ expected: SMTPCommand) throws {
        #expect(try self.parse(line) == expected)
    }

    @Test(
        "refuses what it does not allow",
        arguments: [
            ("", .unknownCommand), ("XYZZY", .unknownCommand), ("DAT", .unknownCommand), ("DATA\u{0}", .unknownCommand),
            ("MAI FROM:<a@b>", .unknownCommand), ("GET / HTTP/1.1", .unknownCommand), (" DATA", .unknownCommand),
            ("LHLO a", .unknownCommand), ("STARTTLSX", .unknownCommand), ("\u{e9}\u{e9}", .unknownCommand),
            ("ETRN a", .notOffered), ("TURN", .notOffered), ("SEND FROM:<a@b>", .notOffered),
            ("HELO", .arguments), ("EHLO", .arguments), ("EHLO a b", .arguments), ("EHLO a\u{7}", .arguments),
            ("DATA now", .arguments), ("RSET x", .arguments), ("QUIT x", .arguments), ("STARTTLS x", .arguments),
            ("VRFY", .arguments), ("EXPN", .arguments), ("VRFY a\rb", .arguments),
            ("BDAT", .arguments), ("BDAT x", .arguments), ("BDAT -1", .arguments), ("BDAT 1 FIRST", .arguments),
            ("BDAT 1LAST", .arguments), ("BDAT 1 LAST x", .arguments), ("BDAT 123456789012345678901", .arguments),
            ("AUTH", .arguments), ("AUTH PLA!N", .arguments), ("AUTH PLAIN a b", .arguments),
            ("AUTH ABCDEFGHIJKLMNOPQRSTU", .arguments),
            ("MAIL", .arguments), ("MAIL TO:<a@b>", .arguments), ("MAIL <a@b>", .arguments),
            ("RCPT FROM:<a@b>", .arguments),
            ("MAIL FROM:<a@b>SIZE=1", .arguments), ("MAIL FROM:<a@b> =1", .arguments),
            ("MAIL FROM:<a@b> -X", .arguments),
        ] as [(String, SMTPSyntaxError.Kind)]
    )
    func refuses(_ line: String, _ expected: SMTPSyntaxError.Kind) {
        #expect(self.kind(line) == expected)
    }

    @Test("greets in its own dialect only")
    func dialects() throws {
        #expect(try self.parse("LHLO a", dialect: .lmtp) == .lhlo("a"))
        #expect(self.kind("EHLO a", dialect: .lmtp) == .unknownCommand)
        #expect(self.kind("HELO a", dialect: .lmtp) == .unknownCommand)
    }

    @Test("does not understand what was not announced", arguments: ["STARTTLS", "AUTH PLAIN", "BDAT 1"])
    func notAnnounced(_ line: String) {
        #expect(self.kind(line, extensions: []) == .notOffered)
    }

    @Test(
        "a parameter that was not announced is answered 555",
        arguments: [
            "SIZE=1", "BODY=8BITMIME", "SMTPUTF8", "RET=FULL", "ENVID=a", "AUTH=<>", "HOLDFOR=5", "X", "X=1", "size=1",
        ]
    )
    func unknownParameters(_ parameter: String) throws {
        #expect(self.kind("MAIL FROM:<a@b> \(parameter)", extensions: []) == .unknownParameter)
        #expect(SMTPSyntaxError(.unknownParameter, at: 0).reply.code == 555)
    }

    @Test("reads all of MAIL's parameters")
    func mailParameters() throws {
        let command = try self.parse(
            "MAIL FROM:<a@b.example> SIZE=500 BODY=8bitmime SMTPUTF8 RET=HDRS ENVID=QQ+2B3=14 AUTH=e+3Dmc2@example.com"
        )
        var expected = MailParameters()
        expected.size = 500
        expected.body = .eightBitMIME
        expected.isInternationalized = true
        expected.dsnReturn = .headers
        expected.envelopeID = "QQ+2B3+3D14"
        expected.submitter = .mailbox("e=mc2@example.com")
        let sender = EmailAddress(localPart: "a", domain: Domain("b.example"))
        #expect(command == .mail(.address(sender), expected))
        #expect(try self.parse("MAIL FROM:<> AUTH=<> BODY=7BIT RET=full") != command)
        let whole = EnvelopeSender(.address(sender), expected)
        #expect(whole.isEightBit && whole.isInternationalized && whole.declaredSize == 500)
    }

    @Test("a size beyond any limit is only large")
    func hugeSize() throws {
        guard case .mail(_, let parameters) = try self.parse("MAIL FROM:<> SIZE=99999999999999999999") else {
            Issue.record("no MAIL command")
            return
        }
        #expect(parameters.size == Int.max)
    }

    @Test("reads all of RCPT's parameters")
    func rcptParameters() throws {
        var expected = RcptParameters()
        expected.notify = [.success, .delay]
        expected.originalRecipient = "rfc822;bob+2Bx@example.org"
        let bob = EmailAddress(localPart: "bob", domain: Domain("example.org"))
        let line = "RCPT TO:<bob@example.org> notify=SUCCESS,delay ORCPT=rfc822;bob+2Bx@example.org"
        #expect(try self.parse(line) == .rcpt(.address(bob), expected))
        let whole = EnvelopeRecipient(.address(bob), expected)
        #expect(whole.notify == [.success, .delay])
    }

    @Test(
        "a parameter's bad value, or its second coming, is answered 501",
        arguments: [
            "SIZE", "SIZE=", "SIZE=x", "SIZE=-1", "SIZE=123456789012345678901", "SIZE=1 SIZE=1", "SIZE=1 size=2",
            "BODY", "BODY=9BIT", "BODY=BINARYMIME", "BODY=7BIT BODY=7BIT", "SMTPUTF8=1", "SMTPUTF8 SMTPUTF8",
            "RET=ALL", "RET", "RET=FULL RET=FULL", "ENVID=", "ENVID=+4", "ENVID=+XY", "ENVID=a\u{e9}",
            "ENVID=a ENVID=a",
            "ENVID=" + String(repeating: "x", count: 101), "AUTH", "AUTH=+ZZ", "AUTH=<> AUTH=<>",
            "AUTH=" + String(repeating: "x", count: 501),
            // A raw `=` is passed on as three octets.
            "ENVID=" + String(repeating: "=", count: 34),
        ]
    )
    func badMailValues(_ parameters: String) {
        #expect(self.kind("MAIL FROM:<a@b> \(parameters)") == .parameterValue)
    }

    @Test(
        "a recipient's bad value, or its second coming, is answered 501",
        arguments: [
            "NOTIFY", "NOTIFY=", "NOTIFY=NEVER,SUCCESS", "NOTIFY=SOMETIMES", "NOTIFY=SUCCESS,", "NOTIFY=,SUCCESS",
            "NOTIFY=NEVER NOTIFY=NEVER", "ORCPT=rfc822", "ORCPT=;a", "ORCPT=rfc822;", "ORCPT=r f;a", "ORCPT=rfc822;+0",
            "ORCPT=rf!c;a", "ORCPT=rfc822;a ORCPT=rfc822;a", "ORCPT=rfc822;" + String(repeating: "x", count: 494),
            "ORCPT=rfc822;" + String(repeating: "=", count: 165),
        ]
    )
    func badRcptValues(_ parameters: String) {
        #expect(self.kind("RCPT TO:<a@b> \(parameters)") == .parameterValue || parameters == "ORCPT=r f;a")
        #expect(self.kind("RCPT TO:<a@b> \(parameters)") != nil)
    }

    @Test("parameters stop at their limit")
    func parameterLimit() {
        var parser = SMTPCommandParser(dialect: .smtp, extensions: Self.everything)
        parser.limits.parametersMax = 2
        #expect(throws: Never.self) { try parser.parse(ByteBuffer(string: "MAIL FROM:<> SIZE=1 BODY=7BIT")) }
        #expect(throws: SMTPSyntaxError.self) {
            try parser.parse(ByteBuffer(string: "MAIL FROM:<> SIZE=1 BODY=7BIT SMTPUTF8"))
        }
    }

    @Test("never traps, whatever a line says (seeded)")
    func mutations() {
        let seeds = [
            "MAIL FROM:<@a.example,@b.example:user@c.example> SIZE=500 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+2B",
            "RCPT TO:<\"a\\\"b\"@[IPv6:2001:db8::1]> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+2Bx@example.org",
            "BDAT 12345 LAST", "AUTH SCRAM-SHA-256 bixh", "EHLO [192.0.2.1]", "RCPT TO:<Postmaster>", "VRFY <\u{e9}@b>",
        ]
        var generator = SeededGenerator(seed: 5_321)
        var parser = SMTPCommandParser(dialect: .smtp, extensions: Self.everything)
        for round in 0..<20_000 {
            let line = ByteBuffer(bytes: mutated(seeds[round % seeds.count], &generator))
            parser.isInternationalTransaction = round % 2 == 0
            do throws(SMTPSyntaxError) {
                _ = try parser.parse(line)
            } catch {
                #expect((0...line.readableBytes).contains(error.offset))
            }
        }
    }
}
