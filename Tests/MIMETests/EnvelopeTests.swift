import MIME
import Testing

/// What Dovecot 2.3.19 answers to the same messages.
@Suite("ENVELOPE")
struct EnvelopeTests {
    @Test("of an ordinary message")
    func ordinary() {
        let text = """
            Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
            From: Fred Foobar <foobar@Blurdybloop.example>
            Subject: afternoon meeting
            To: mooch@owatagu.siam.edu.example
            Message-Id: <B27397-0100000@Blurdybloop.example>

            """
        let from = #"(("Fred Foobar" NIL "foobar" "Blurdybloop.example"))"#
        let expected =
            #"("Mon, 7 Feb 1994 21:52:25 -0800 (PST)" "afternoon meeting" \#(from) \#(from) \#(from) "#
            + #"((NIL NIL "mooch" "owatagu.siam.edu.example")) NIL NIL NIL "<B27397-0100000@Blurdybloop.example>")"#
        #expect(envelope(text) == expected)
    }

    @Test("of nothing")
    func nothing() {
        let empty = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
        for text in ["", "\n", "body", "\nSubject: x\n", "Subject\n\n"] { #expect(envelope(text) == empty) }
    }

    @Test(
        "writes subjects for people to read",
        arguments: [
            ("Subject: a", "\"a\""), ("Subject: a  b", "{3}\r\na b"), ("Subject: a\tb", "{3}\r\na b"),
            ("Subject:  a ", "{1}\r\na"), ("Subject: \"a\"", "{3}\r\n\"a\""), ("Subject: a\\b", "{3}\r\na\\b"),
            ("Subject: caf\u{E9}", "{4}\r\ncaf\u{E9}"), ("Subject:", "\"\""), ("Subject:   ", "\"\""),
            ("Subject: a\n b", "{3}\r\na b"), ("Subject:\n a", "{1}\r\na"), ("SUBJECT : a", "\"a\""),
            ("Subject: a\nSubject: b", "\"b\""), ("Subject: a\u{0}b", "{5}\r\na\u{EF}\u{BF}\u{BD}b"),
        ]
    )
    func subject(text: String, expected: String) {
        #expect(envelope(text + "\n\n") == "(NIL \(expected) NIL NIL NIL NIL NIL NIL NIL NIL)")
    }

    @Test(
        "writes dates and identifiers as they are, on one line",
        arguments: [
            ("Date: x", "\"x\""), ("Date:", "\"\""), ("Date: a\n b", "\"a b\""), ("Date: a\n\tb", "\"a\tb\""),
            ("Date: \"\\\"\\", "\"\\\"\\\\\\\"\\\\\""), ("Date: \"\"\"\"\"", "{5}\r\n\"\"\"\"\""),
            ("Date: caf\u{E9}", "{4}\r\ncaf\u{E9}"), ("Date: a\rb", "\"a b\""),
        ]
    )
    func line(text: String, expected: String) {
        #expect(envelope(text + "\n\n") == "(\(expected) NIL NIL NIL NIL NIL NIL NIL NIL NIL)")
    }

    @Test("a Sender or Reply-To that is missing or says nothing is the From")
    func defaults() {
        let from = #"((NIL NIL "a" "b"))"#
        let other = #"((NIL NIL "s" "t"))"#
        #expect(
            envelope("From: a@b\nSender: \nReply-To: ()\n\n") == "(NIL NIL \(from) \(from) \(from) NIL NIL NIL NIL NIL)"
        )
        #expect(envelope("From: a@b\nSender: s@t\n\n") == "(NIL NIL \(from) \(other) \(from) NIL NIL NIL NIL NIL)")
    }

    @Test("address fields that stand twice are joined")
    func repeated() {
        #expect(
            envelope("To: a@b\nTo: c@d\n\n")
                == #"(NIL NIL NIL NIL NIL ((NIL NIL "a" "b")(NIL NIL "c" "d")) NIL NIL NIL NIL)"#
        )
    }

    @Test("the enclosed message of a part has its own")
    func enclosed() {
        let text = "Content-Type: message/rfc822\n\nSubject: in\nFrom: a@b\n\nx\n"
        #expect(bodyStructure(text).contains(#"(NIL "in" ((NIL NIL "a" "b"))"#))
    }
}
