import MIME
import MailTypes
import NIOCore
import Testing

@Suite("what submission changes")
struct SubmissionEditsTests {
    private static func edited(_ text: String) -> String {
        let bytes = message(text)
        let edits = SubmissionEdits.plan(for: bytes.span, now: Instant(secondsSince1970: 0)) { "<new@host>" }
        var buffer = ByteBuffer()
        edits.write(bytes.span, into: &buffer)
        return latin(buffer)
    }

    private static let date = "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
    private static let identifier = "Message-ID: <new@host>\r\n"

    @Test(
        "adds what is missing and removes blind copies",
        arguments: [
            ("From: a@b\n\nx", "\(date)\(identifier)From: a@b\r\n\r\nx"),
            ("Date: d\nMessage-ID: m\n\nx", "Date: d\r\nMessage-ID: m\r\n\r\nx"),
            (
                "date: d\nBcc: x@y,\n z@w\nMESSAGE-ID: m\nBcc: q\n\nBcc: kept",
                "date: d\r\nMESSAGE-ID: m\r\n\r\nBcc: kept"
            ),
            ("Date: d\n\nx", "\(identifier)Date: d\r\n\r\nx"), ("just text\n", "\(date)\(identifier)\r\njust text\r\n"),
            // A first line that is folded would become part of what is put before it.
            (" folded: x\n\ny", "\(date)\(identifier)\r\n folded: x\r\n\r\ny"),
            // Fields below such a line, or below text, would be cut off by the empty line, so they do not count.
            (" folded: x\nDate: d\n\ny", "\(date)\(identifier)\r\n folded: x\r\nDate: d\r\n\r\ny"),
            ("text\nMessage-ID: m\n\ny", "\(date)\(identifier)\r\ntext\r\nMessage-ID: m\r\n\r\ny"),
            ("text\nDate: d\nMessage-ID: m\n\ny", "text\r\nDate: d\r\nMessage-ID: m\r\n\r\ny"),
            ("\nx", "\(date)\(identifier)\r\nx"), ("", "\(date)\(identifier)"),
            ("Resent-Bcc: x\nDate: d\nMessage-ID: m\n\n", "Date: d\r\nMessage-ID: m\r\n\r\n"),
        ]
    )
    func edits(text: String, expected: String) {
        #expect(Self.edited(text) == expected)
    }

    @Test("gives the same bytes at every split point")
    func everySplit() {
        let text = "From: a@b\nBcc: x@y\n z\nBcc: q\nTo: c\nBcc: last\n\nbody\n"
        let bytes = message(text)
        let edits = SubmissionEdits.plan(for: bytes.span, now: Instant(secondsSince1970: 0)) { "<new@host>" }
        for split in 1..<bytes.count {
            var buffer = ByteBuffer()
            edits.write(bytes.span.extracting(0..<split), into: &buffer)
            edits.write(bytes.span.extracting(split..<bytes.count), at: split, into: &buffer)
            #expect(latin(buffer) == Self.edited(text))
        }
    }

    @Test("says when nothing is to do, and when no author is named")
    func flags() {
        let whole = message("From: a@b\nDate: d\nMessage-ID: m\n\n")
        let edits = SubmissionEdits.plan(for: whole.span, now: Instant(secondsSince1970: 0)) { "" }
        #expect(edits.isEmpty && !edits.lacksFrom)
        for text in ["To: a\n\n", "text\nFrom: a@b\n\n"] {
            let lacking = message(text)
            #expect(SubmissionEdits.plan(for: lacking.span, now: Instant(secondsSince1970: 0)) { "" }.lacksFrom)
        }
    }
}
