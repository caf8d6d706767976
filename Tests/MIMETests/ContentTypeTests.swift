import MIME
import Testing

@Suite("Content-Type")
struct ContentTypeTests {
    private static func show(_ text: String) -> String {
        let bytes = message(text)
        let type = ContentType.parse(0..<bytes.count, in: bytes.span)
        let parameters = type.parameters.map { "; \(latin($0.name))=\(latin($0.value))" }.joined()
        return "\(latin(type.type))/\(latin(type.subtype))\(parameters)"
    }

    @Test(
        "is read as Dovecot 2.3.19 reads it",
        arguments: [
            ("text/plain", "text/plain"), ("TEXT/Plain; CharSet=X", "TEXT/Plain; CharSet=X"), ("text", "text/"),
            ("text/", "/"), ("/plain", "/"), ("", "/"), ("text plain", "/"), ("text/plain foo; charset=x", "/"),
            ("text/plain,text/html", "/"), ("text /plain", "text/plain"), ("text/ plain", "text/plain"),
            ("text/plain; charset", "text/plain"), ("text/plain; charset=", "text/plain; charset="),
            ("text/plain; charset=\"a", "text/plain"), ("text/plain; charset=a b; x=y", "text/plain; charset=a; x=y"),
            ("text/plain; name=\"a\\\"b\\\\c\"", "text/plain; name=a\"b\\c"),
            ("(c) a (d) / (e) b (f); (g) c (h) = (i) d (j)", "a/b; c=d"),
            ("text/plain; x=\"1\n 2\"", "text/plain; x=1 2"),
            ("text/plain; name==?utf-8?b?Zm9v?=; x=y", "text/plain; name==?utf-8?b?Zm9v?=; x=y"),
            ("text/plain; a=<x>; b=c", "text/plain; a=; b=c"),
            ("multipart/mixed; boundary=b c", "multipart/mixed; boundary=b"),
        ]
    )
    func reads(text: String, expected: String) {
        #expect(Self.show(text) == expected)
    }

    @Test(
        "has the parameters behind a semicolon too many, which Dovecot loses",
        arguments: [
            ("text/plain;; a=b;", "text/plain; a=b"), ("text/plain; ; a=b", "text/plain; a=b"),
            ("text/plain;;;a=b;;c=d", "text/plain; a=b; c=d"), ("text/plain;x;a=b", "text/plain; a=b"),
            ("text/plain; ;", "text/plain"), ("text/plain;\n ;\n charset=utf-8", "text/plain; charset=utf-8"),
        ]
    )
    func semicolons(text: String, expected: String) {
        #expect(Self.show(text) == expected)
    }

    @Test(
        "joins continued parameters",
        arguments: [
            ("a/b; c*0=x; c*1=y", "a/b; c=xy"), ("a/b; c*1=y; c*0=x", "a/b; c=xy"),
            ("a/b; c*=us-ascii'en'x", "a/b; c*=us-ascii'en'x"),
            ("a/b; c*0*=utf-8''x%20; c*1=y%; c*2*=z", "a/b; c*=utf-8''x%20y%25z"),
            ("a/b; c*0=x; c*1*=y", "a/b; c*=''xy"),
            ("a/b; c*1=x; c*2=y", "a/b; c*1=x; c*2=y"), ("a/b; c*x=y", "a/b; c*x=y"),
            ("a/b; d=e; c*0=x", "a/b; d=e; c=x"),
        ]
    )
    func joins(text: String, expected: String) {
        #expect(Self.show(text) == expected)
    }

    @Test("cut short at every byte it never traps")
    func everySplit() {
        let bytes = message("multipart/mixed; (x) boundary=\"a\\\"b\"; n*0*=utf-8''%41; n*1=\"c\n d\"; e==?x")
        for end in 0...bytes.count {
            let part = Array(bytes[..<end])
            _ = ContentType.parse(0..<end, in: part.span)
        }
    }

    @Test("lesson 9: RFC 2231 continuations without end cost bounded work")
    func continuations() {
        let many = "a/b" + (0..<20_000).map { "; n*\(20_000 - $0)*=x" }.joined()
        let bytes = message(many)
        let type = ContentType.parse(0..<bytes.count, in: bytes.span)
        #expect(type.parameters.count <= MIMELimits.parametersMax)
        let huge = message("a/b; n*99999999999999999999*=x; n*18446744073709551616=y")
        #expect(ContentType.parse(0..<huge.count, in: huge.span).parameters.count == 2)
    }
}
