import Testing

@testable import SieveLanguage

@Suite("body and MIME parts")
struct BodyTests {
    static let message = """
        From: a@a.test
        Subject: Report
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="x"

        This is the prologue.
        --x
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Gr=C3=BC=C3=9Fe aus K=C3=B6ln.
        --x
        Content-Type: text/html
        Content-Transfer-Encoding: base64

        PGI+Qm9sZDwvYj4gd29yZHM=
        --x
        Content-Type: application/pdf; name="invoice.pdf"
        Content-Disposition: attachment; filename*=utf-8''Rechnung%20M%C3%A4rz.pdf
        Content-Transfer-Encoding: base64

        UERGIGRhdGE=
        --x
        Content-Type: message/rfc822

        From: inner@i.test
        Subject: Inside

        Inner text.
        --x--
        The epilogue.

        """

    @Test(
        "the body is compared raw, by content and as text",
        arguments: [
            (":raw :contains \"Gr=C3=BC\"", true), (":contains \"Grüße aus Köln\"", true),
            (":text :contains \"Bold\"", true),
            (":text :contains \"<b>\"", false), (":text :contains \"Inner text\"", true),
            (":text :contains \"prologue\"", false),
            (":content \"text\" :contains \"<b>\"", true), (":content \"text/plain\" :contains \"Bold\"", false),
            (":content \"application\" :is \"PDF data\"", true),
            (":content [\"image\", \"application/pdf\"] :contains \"pdf\"", true),
            (":content \"\" :contains \"PDF data\"", true), (":content \"multipart\" :contains \"prologue\"", true),
            (":content \"multipart\" :contains \"epilogue\"", true),
            (":content \"multipart\" :contains \"--x\"", false),
            (":content \"message/rfc822\" :contains \"Subject: Inside\"", true),
            (":content \"message/rfc822\" :contains \"Inner text\"", false),
            (":content \"text/\" :contains \"Bold\"", false),
            (":content \"text\" :count \"eq\" :comparator \"i;ascii-numeric\" \"3\"", true),
        ]
    )
    func body(_ arguments: String, _ expected: Bool) throws {
        let capabilities = ["body", "relational", "comparator-i;ascii-numeric"]
        #expect(try holds("body \(arguments)", require: capabilities, on: Self.message) == expected)
    }

    @Test("a message without an empty line has no body, not even an empty one")
    func noBody() throws {
        #expect(try !holds("body :raw :contains \"\"", require: ["body"], on: "Subject: x\n"))
        #expect(try holds("body :raw :is \"\"", require: ["body"], on: "Subject: x\n\n"))
    }

    @Test("body tests set no match values")
    func noMatchValues() throws {
        let script = """
            require ["body", "variables", "fileinto"];
            if header :matches "subject" "R*" {}
            if body :raw :matches "*prologue*" { fileinto "${1}"; }
            """
        #expect(try run(script, on: Self.message).summary == ["fileinto eport"])
    }

    @Test(
        "headers of parts are compared",
        arguments: [
            ("header :mime :anychild :contenttype \"content-type\" \"text/html\"", true),
            ("header :mime :contenttype \"content-type\" \"text/html\"", false),
            ("header :mime :type \"content-type\" \"multipart\"", true),
            ("header :mime :anychild :subtype \"content-type\" \"PDF\"", true),
            ("header :mime :anychild :param \"filename\" \"content-disposition\" \"Rechnung März.pdf\"", true),
            ("header :mime :anychild :param [\"x\", \"name\"] :contains \"content-type\" \".pdf\"", true),
            ("header :mime :anychild \"subject\" \"Inside\"", true), ("header \"subject\" \"Inside\"", false),
            ("exists :mime :anychild \"content-disposition\"", true), ("exists :mime \"content-disposition\"", false),
            ("address :mime :anychild \"from\" \"inner@i.test\"", true), ("address \"from\" \"inner@i.test\"", false),
        ]
    )
    func parts(_ test: String, _ expected: Bool) throws {
        #expect(try holds(test, require: ["mime"], on: Self.message) == expected)
    }

    @Test("a loop goes through the message and all its parts, depth first, and may be left")
    func loops() throws {
        let script = """
            require ["foreverypart", "mime", "variables", "reject"];
            foreverypart :name "outer" {
                if header :mime :matches :contenttype "content-type" "*" { set "all" "${all} ${1}"; }
                if header :mime :contenttype "content-type" "message/rfc822" {
                    foreverypart { set "all" "${all} inner"; }
                }
                if header :mime :type "content-type" "application" {
                    foreverypart { break :name "outer"; }
                }
            }
            reject "${all}";
            """
        let all = " multipart/mixed text/plain text/html application/pdf message/rfc822 inner"
        #expect(try run(script, on: Self.message).summary == ["reject\(all)".replacing("reject ", with: "reject  ")])
        let broken = script.replacing("foreverypart { break", with: "if true { break")
        #expect(
            try run(broken, on: Self.message).summary == [
                "reject  multipart/mixed text/plain text/html application/pdf"
            ]
        )
    }

    @Test("text of a part becomes a variable")
    func extractText() throws {
        let script = """
            require ["foreverypart", "mime", "variables", "extracttext", "fileinto"];
            foreverypart {
                if header :mime :contenttype "content-type" "text/plain" { extracttext :upper :first 5 "t"; break; }
            }
            fileinto "${t}";
            """
        #expect(try run(script, on: Self.message).summary == ["fileinto GRüßE"])
    }

    @Test("what has no text gives none")
    func extractNoText() throws {
        let script = """
            require ["foreverypart", "mime", "variables", "extracttext", "fileinto"];
            set "t" "before";
            foreverypart {
                if header :mime :type "content-type" "application" { extracttext "t"; break; }
            }
            fileinto "none${t}";
            """
        #expect(try run(script, on: Self.message).summary == ["fileinto none"])
    }

    @Test("a loop whose parts are gone because the header changed does no harm and ends")
    func gonePart() throws {
        let script = """
            require ["foreverypart", "mime", "editheader", "variables", "extracttext", "replace", "fileinto"];
            foreverypart {
                if header :mime :type "content-type" "text" {
                    deleteheader "content-type";
                    if exists :mime "content-type" { stop; }
                    if header :mime :anychild :contains "content-type" "" { stop; }
                    extracttext "t";
                    replace "New.";
                    foreverypart { stop; }
                }
            }
            fileinto "end${t}";
            """
        let result = try run(script, on: Self.message)
        #expect(result.summary == ["fileinto end"])
        let expected = Self.message.replacing("Content-Type: multipart/mixed; boundary=\"x\"\n", with: "")
        #expect(result.message(0, of: Self.message) == expected)
    }

    @Test("a replaced part changes what follows, and only that part")
    func replacePart() throws {
        let script = """
            require ["foreverypart", "mime", "replace", "fileinto", "copy", "body"];
            fileinto :copy "before";
            foreverypart {
                if header :mime :type "content-type" "application" { replace "Attachment removed."; }
            }
            if body :contains "Attachment removed" { fileinto "after"; }
            """
        let result = try run(script, on: Self.message)
        #expect(result.summary == ["fileinto before", "fileinto after"])
        #expect(result.message(0, of: Self.message) == Self.message)
        let changed = result.message(1, of: Self.message)
        #expect(!changed.contains("UERGIGRhdGE="))
        #expect(
            changed.contains(
                "--x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n\n"
                    + "Attachment removed.\n--x\n"
            )
        )
        #expect(changed.hasSuffix("Inner text.\n--x--\nThe epilogue.\n"))
    }

    @Test("a replaced message keeps its header but for its content, and the old subject and author by other names")
    func replaceMessage() throws {
        let script = "require [\"replace\"]; replace :subject \"New\" :from \"b@b.test\" \"Text.\"; keep;"
        let expected = """
            Original-Subject: Report
            Subject: New
            Original-From: a@a.test
            From: b@b.test
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit

            Text.

            """
        #expect(try run(script, on: Self.message).message(0, of: Self.message) == expected)
    }

    @Test("an enclosed message is whole inside the new one")
    func enclose() throws {
        let script = """
            require ["enclose", "foreverypart", "mime", "fileinto"];
            enclose :subject "Fwd" :headers ["X-Note: seen", "X-Other: yes"] "See below.";
            foreverypart { if header :mime "subject" "Hello there" { fileinto "found"; } }
            """
        let result = try run(script)
        #expect(result.summary == ["fileinto found"])
        let text = result.message(0)
        #expect(text.contains("Subject: Fwd\nX-Note: seen\nX-Other: yes\n"))
        #expect(text.contains("Content-Type: message/rfc822\nContent-Disposition: attachment\n\n\(plainMessage)"))
    }

    @Test("commands that need others are refused without them")
    func companions() {
        #expect(compile("require [\"foreverypart\"]; break;").errors.count == 1)
        #expect(compile("require [\"extracttext\", \"variables\"];").errors.count == 1)
        #expect(compile("require [\"mime\"]; if header :anychild \"a\" \"b\" {}").errors.count == 1)
    }
}
