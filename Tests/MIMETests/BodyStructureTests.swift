import MIME
import Testing

/// What Dovecot 2.3.19 answers to the same messages.
@Suite("BODYSTRUCTURE")
struct BodyStructureTests {
    private static let plain = #"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit""#

    @Test(
        "of single parts",
        arguments: [
            ("Subject: x\n\na\nb\n", #"\#(plain) 6 2 NIL NIL NIL NIL)"#),
            ("Subject: x\n\nno end", #"\#(plain) 6 0 NIL NIL NIL NIL)"#),
            ("Subject: x", #"\#(plain) 0 0 NIL NIL NIL NIL)"#),
            (
                "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\nContent-Transfer-Encoding: 7BIT\n\nx",
                #"\#(plain) 1 0 NIL NIL NIL NIL)"#
            ),
            ("Content-Transfer-Encoding: base64\nContent-ID: <x>\n\nx", #"\#(plain) 1 0 NIL NIL NIL NIL)"#),
            (
                "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nx",
                #"("text" "plain" ("charset" "us-ascii") NIL NIL "base64" 1 0 NIL NIL NIL NIL)"#
            ),
            (
                "Content-Type: text/html\n\nx",
                #"("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 1 0 NIL NIL NIL NIL)"#
            ),
            (
                "Content-Type: image/png; name=\"a b\"\n\nx\n",
                #"("image" "png" ("name" "a b") NIL NIL "7bit" 3 NIL NIL NIL NIL)"#
            ),
            ("Content-Type: bad\n\nx", #"("bad" "" NIL NIL NIL "7bit" 1 NIL NIL NIL NIL)"#),
            ("Content-Type: text/plain bad\n\nx", #"("" "" NIL NIL NIL "7bit" 1 NIL NIL NIL NIL)"#),
            ("Content-Type: multipart\n\nx", #"("application" "octet-stream" NIL NIL NIL "7bit" 1 NIL NIL NIL NIL)"#),
        ]
    )
    func single(text: String, expected: String) {
        #expect(bodyStructure(text) == expected)
    }

    @Test("of every content field")
    func fields() {
        let text = """
            Content-Type: text/html; charset=utf-8
            Content-ID: <i@d>
            Content-Description: what
             it is
            Content-MD5: abc==
            Content-Disposition: attachment; filename="a;b"
            Content-Language: en (x), de
            Content-Location: http://x/

            x
            """
        let expected =
            #"("text" "html" ("charset" "utf-8") "<i@d>" "what it is" "7bit" 1 0 "abc==" "#
            + #"("attachment" ("filename" "a;b")) "#
            + #"("en" "de") "http://x/")"#
        #expect(bodyStructure(text) == expected)
    }

    @Test("of multiparts, with preamble, epilogue and a last part without its line end")
    func multipart() {
        let text =
            "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n"
            + "--b\nContent-Type: text/html\n\n<p>\n\n--b--\nepi\n"
        let one = "\(Self.plain) 3 0 NIL NIL NIL NIL)"
        let two = #"("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)"#
        #expect(bodyStructure(text) == #"(\#(one)\#(two) "mixed" ("boundary" "b") NIL NIL NIL)"#)
        let short = #"("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 5 1)"#
        #expect(bodyStructure(text, extended: false) == #"(\#(Self.plain) 3 0)\#(short) "mixed")"#)
    }

    @Test(
        "of multiparts that are broken",
        arguments: [
            ("Content-Type: multipart/mixed\n\nx\n", #"(\#(plain) 0 0 NIL NIL NIL NIL) "mixed" NIL NIL NIL NIL)"#),
            (
                "Content-Type: multipart/mixed; boundary=b\n\nx\n",
                #"(\#(plain) 0 0 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)"#
            ),
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx",
                #"(\#(plain) 1 0 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)"#
            ),
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b",
                #"(\#(plain) 0 0 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)"#
            ),
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--bxyz\n\na\n--b--xyz\nepi\n",
                #"(\#(plain) 1 0 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)"#
            ),
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nSubject: x\n--b--\n",
                #"(\#(plain) 0 0 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)"#
            ),
        ]
    )
    func broken(text: String, expected: String) {
        #expect(bodyStructure(text) == expected)
    }

    @Test("of an inner multipart that the outer boundary ends")
    func unclosedInner() {
        let text =
            "Content-Type: multipart/mixed; boundary=o\n\n--o\n"
            + "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--o\n\ny\n--i\n\nz\n--o--\n"
        let inner = #"(\#(Self.plain) 1 0 NIL NIL NIL NIL) "mixed" ("boundary" "i") NIL NIL NIL)"#
        let rest = "\(Self.plain) 11 3 NIL NIL NIL NIL)"
        #expect(bodyStructure(text) == #"(\#(inner)\#(rest) "mixed" ("boundary" "o") NIL NIL NIL)"#)
    }

    @Test("of the longest of several boundaries that match, then the innermost")
    func prefixBoundaries() {
        let text =
            "Content-Type: multipart/mixed; boundary=o\n\n--o\n"
            + "Content-Type: multipart/mixed; boundary=oo\n\n--oo\n\nx\n--oo--\n\n--o\n\ny\n--o--\n"
        let inner = #"(\#(Self.plain) 1 0 NIL NIL NIL NIL) "mixed" ("boundary" "oo") NIL NIL NIL)"#
        #expect(
            bodyStructure(text)
                == #"(\#(inner)\#(Self.plain) 1 0 NIL NIL NIL NIL) "mixed" ("boundary" "o") NIL NIL NIL)"#
        )
    }

    @Test("of a digest, whose parts are messages unless they say otherwise")
    func digest() {
        let text =
            "Content-Type: multipart/digest; boundary=o\n\n--o\n\nSubject: a\n\nx\n"
            + "--o\nContent-Type: text/plain\n\ny\n--o--\n"
        let enclosed =
            #"("message" "rfc822" NIL NIL NIL "7bit" 15 (NIL "a" NIL NIL NIL NIL NIL NIL NIL NIL) "#
            + #"\#(Self.plain) 1 0 NIL NIL NIL NIL) 2 NIL NIL NIL NIL)"#
        #expect(
            bodyStructure(text)
                == #"(\#(enclosed)\#(Self.plain) 1 0 NIL NIL NIL NIL) "digest" ("boundary" "o") NIL NIL NIL)"#
        )
    }

    @Test("keeps the octets of a message as they are: bare LF counts one, a bare CR at the end too")
    func octets() {
        let bytes = Array("Subject: x\n\na\nb\r".utf8)
        let structure = MIMEStructure.parse(bytes.span)
        #expect(structure.root.body == 12..<16)
        #expect(structure.root.bodyLines == 1)
    }
}
