import MIME
import Testing

@Suite("body text and previews")
struct BodyTextTests {
    private static func preview(_ text: String) -> String {
        MessagePreview.text(of: message(text).span)
    }

    @Test("a body is decoded by its transfer encoding and charset")
    func decodes() {
        let body = message("gr=FC=DFe")
        #expect(BodyText.decode(body.span, charset: "iso-8859-1", encoding: .quotedPrintable) == "grüße")
        #expect(BodyText.decode(message("R3LDvMOf\nZQ==").span, charset: "utf-8", encoding: .base64) == "Grüße")
        #expect(BodyText.decode(message("gr\u{FC}n").span, charset: nil, encoding: .identity) == "grün")
    }

    @Test(
        "a preview shows the text that matters",
        arguments: [
            ("Subject: x\n\nHello,\n\n  world!\n", "Hello, world!"), ("Subject: x\n\n> quoted\nanswer\n", "answer"),
            ("Subject: x\n\n> only quoted\n", "> only quoted"), ("Subject: x\n\n", ""),
            (
                "Content-Type: text/html\n\n<head><title>t</title></head><p>Gr&uuml;n &amp; <b>gut</b>&#33;",
                "Grün & gut !"
            ),
            (
                "Content-Type: multipart/x; boundary=b\n\n--b\nContent-Type: text/html\n\nhtml\n--b\n\nplain",
                "plain"
            ),
            (
                "Content-Type: multipart/x; boundary=b\n\n--b\nContent-Disposition: attachment\n\nno\n"
                    + "--b\nContent-Type: text/html\n\nyes\n--b--\n",
                "yes"
            ),
            ("Content-Type: image/png\n\nxyz\n", ""),
        ]
    )
    func previews(text: String, expected: String) {
        #expect(Self.preview(text) == expected)
    }

    @Test("a preview is at most 200 characters, whole ones")
    func length() {
        let text = Self.preview(
            "Content-Type: text/plain; charset=utf-8\n\n" + String(repeating: "\u{C3}\u{BC}", count: 500)
        )
        #expect(text == String(repeating: "ü", count: MIMELimits.previewCharactersMax))
    }

    @Test(
        "HTML gives its words",
        arguments: [
            ("a<br>b", "a b"), ("<!-- x > y -->a", " a"), ("a < b", "a  b"), ("<script>x<y</script>a", " a"),
            ("a&lt;b&unknown;&#x41;&", "a<b&unknown;A&"),
            ("<p title=\"x\">a", " a"), ("<", " "), ("<p", " "), ("<!--", " "), ("<style>", " "),
            ("&#0;&#xD800;", "&#0;&#xD800;"),
        ]
    )
    func html(text: String, expected: String) {
        #expect(HTMLText.plain(from: text) == expected)
    }
}
