import MailTypes
import NIOCore
import Testing

@testable import SMTPWire

@Suite("paths (RFC 5321 §4.1.2)")
struct SMTPPathTests {
    private func forward(_ path: String, international: Bool = false) throws(SMTPSyntaxError) -> ForwardPath? {
        var parser = SMTPCommandParser(dialect: .smtp, extensions: [.internationalized])
        parser.isInternationalTransaction = international
        guard case .rcpt(let path, _) = try parser.parse(ByteBuffer(string: "RCPT TO:\(path)")) else { return nil }
        return path
    }

    private func reverse(_ argument: String) throws(SMTPSyntaxError) -> ReversePath? {
        let parser = SMTPCommandParser(dialect: .smtp, extensions: [.internationalized])
        guard case .mail(let path, _) = try parser.parse(ByteBuffer(string: "MAIL FROM:\(argument)")) else {
            return nil
        }
        return path
    }

    @Test(
        "reads what the grammar allows",
        arguments: [
            ("<a@b>", "a", "b"), ("<A.b@Example.ORG>", "A.b", "example.org"), (" <a@b>", "a", "b"),
            ("<\"a b\"@c>", "a b", "c"), ("<\"a\\\"b\\\\\"@c>", "a\"b\\", "c"), ("<\"\"@c>", "", "c"),
            ("<\"a@b\"@c>", "a@b", "c"), ("<!#$%&'*+-/=?^_`{|}~@c>", "!#$%&'*+-/=?^_`{|}~", "c"),
            ("<@x,@y.example:a@b>", "a", "b"), ("<@[192.0.2.1]:a@b>", "a", "b"),
            ("<a@[192.0.2.1]>", "a", "[192.0.2.1]"), ("<a@[IPv6:2001:db8::1]>", "a", "[ipv6:2001:db8::1]"),
            ("<a@[IPv6:::]>", "a", "[ipv6:::]"), ("<a@[IPv6:1:2:3:4:5:6:7:8]>", "a", "[ipv6:1:2:3:4:5:6:7:8]"),
            ("<a@[IPv6:::ffff:192.0.2.1]>", "a", "[ipv6:::ffff:192.0.2.1]"),
            ("<a..b.@c>", "a..b.", "c"), ("<a@under_score.example>", "a", "under_score.example"),
            ("<a@1.2.3>", "a", "1.2.3"), ("<a@x-y>", "a", "x-y"),
        ]
    )
    func accepts(_ path: String, _ localPart: String, _ domain: String) throws {
        let address = EmailAddress(localPart: localPart, domain: Domain(domain))
        #expect(try self.forward(path) == .address(address))
        #expect(try self.reverse(path) == .address(address))
    }

    @Test(
        "refuses what it does not",
        arguments: [
            "", "a@b", "<a@b", "a@b>", "<a>", "<a@>", "<@b>", "<a@b@c>", "<a b@c>", "<a@b c>", "<\"a@b>", "<\"a\"b@c>",
            "<\"a\\\"@c>", "<a@b.>", "<a@.b>", "<a@b..c>", "<a@-b>", "<a@b->", "<a@[1.2.3]>", "<a@[1.2.3.256]>",
            "<a@[1.2.3.4.5]>", "<a@[1.2.3.4>", "<a@[IPv6:1]>", "<a@[IPv6:1::2::3]>", "<a@[IPv6:12345::]>",
            "<a@[IPv6:1:2:3:4:5:6:7:8:9]>", "<a@[IPv6:1:2:3:4:5:6:7]>", "<a@[IPv6::1]>", "<a@[X:1]>", "<a@[]>",
            "<@x:a@b", "<@x,y:a@b>", "<@x>", "<a\u{7f}@b>", "<\"a\rb\"@c>", "<a@b\u{0}>", "<<a@b>>", "<a,b@c>",
        ]
    )
    func refuses(_ path: String) {
        #expect(throws: SMTPSyntaxError.self) { try self.forward(path) }
        #expect(throws: SMTPSyntaxError.self) { try self.reverse(path) }
    }

    @Test("`<>` sends and does not receive; `<Postmaster>` receives and does not send")
    func special() throws {
        #expect(try self.reverse("<>") == .null)
        #expect(throws: SMTPSyntaxError.self) { try self.forward("<>") }
        #expect(try self.forward("<postMaster>") == .postmaster)
        #expect(throws: SMTPSyntaxError.self) { try self.reverse("<Postmaster>") }
    }

    @Test("UTF-8 needs SMTPUTF8 on this message (RFC 6531 §3.4)")
    func international() throws {
        let address = EmailAddress(localPart: "us\u{e9}r", domain: Domain("ex\u{e4}mple"))
        #expect(try self.forward("<us\u{e9}r@ex\u{e4}mple>", international: true) == .address(address))
        #expect(throws: SMTPSyntaxError(.internationalAddress, at: 8)) { try self.forward("<us\u{e9}r@ex\u{e4}mple>") }
        #expect(try self.reverse("<us\u{e9}r@ex\u{e4}mple> SMTPUTF8") == .address(address))
        #expect(throws: SMTPSyntaxError(.internationalAddress, at: 10)) { try self.reverse("<us\u{e9}r@b>") }
        #expect(throws: SMTPSyntaxError.self) {
            try SMTPCommandParser(dialect: .smtp, extensions: []).parse(ByteBuffer(string: "MAIL FROM:<\u{e9}@b>"))
        }
        var line = ByteBuffer(string: "MAIL FROM:<a")
        line.writeBytes([0xFF])
        line.writeString("@b> SMTPUTF8")
        #expect(throws: SMTPSyntaxError.self) {
            try SMTPCommandParser(dialect: .smtp, extensions: [.internationalized]).parse(line)
        }
    }

    @Test("local parts, labels and domains stop at their limits")
    func limits() throws {
        let label = String(repeating: "d", count: 63)
        #expect(throws: Never.self) { try self.forward("<\(String(repeating: "l", count: 256))@d>") }
        #expect(throws: SMTPSyntaxError.self) { try self.forward("<\(String(repeating: "l", count: 257))@d>") }
        #expect(throws: SMTPSyntaxError.self) { try self.forward("<\"\(String(repeating: "l", count: 257))\"@d>") }
        #expect(throws: Never.self) { try self.forward("<a@\(label).\(label).\(label).\(label)>") }
        #expect(throws: SMTPSyntaxError.self) { try self.forward("<a@\(label).\(label).\(label).\(label).d>") }
        #expect(throws: SMTPSyntaxError.self) { try self.forward("<a@\(label)d>") }
        // Lower-cased, this letter has three octets instead of two.
        let growing = String(repeating: "\u{23A}", count: 21)
        #expect(throws: Never.self) { try self.forward("<a@\(growing)>", international: true) }
        #expect(throws: SMTPSyntaxError.self) { try self.forward("<a@\(growing)\u{23A}>", international: true) }
        let domain = "\(growing).\(growing).\(growing).\(growing)"
        #expect(throws: Never.self) { try self.forward("<a@\(domain)>", international: true) }
        #expect(throws: SMTPSyntaxError.self) { try self.forward("<a@\(domain).x>", international: true) }
    }

    @Test("a path written again is read as the same path")
    func fixedPoint() throws {
        for text in ["<a@b>", "<\"a b\"@c>", "<a..b@c>", "<\"a\\\"b\\\\\"@c>", "<a@[192.0.2.1]>"] {
            let first = try #require(try self.forward(text))
            #expect(try self.forward("<\(first)>") == first)
        }
        for text in ["<\"a\\\"\u{301}> b\"@c>", "<\"\\\\\u{301}\"@c>", "<a..\u{301}@c>"] {
            let first = try #require(try self.forward(text, international: true))
            #expect(try self.forward("<\(first)>", international: true) == first)
        }
    }

    @Test("xtext says what it stands for, and nothing else (RFC 3461 §4)")
    func xtext() {
        #expect(XText.decode("a+2Bb+3Dc") == "a+b=c")
        #expect(XText.encode("a+b=c d") == "a+2Bb+3Dc+20d")
        for bad in ["a=b", "a+", "a+2", "a+GG", "a b", "+FF"] { #expect(XText.decode(bad) == nil) }
        for text in ["", "plain", "\u{e9} + =", "\r\n"] { #expect(XText.decode(XText.encode(text)) == text) }
    }
}
