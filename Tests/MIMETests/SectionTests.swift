import MIME
import NIOCore
import Testing

@Suite("BODY sections")
struct SectionTests {
    private static let nested = """
        From: outer@a
        Subject: outer
        Content-Type: multipart/mixed; boundary=o

        pre
        --o

        one
        --o
        Content-Type: message/rfc822

        Subject: inner
        Content-Type: multipart/alternative; boundary=i

        --i
        Content-Type: text/plain

        plain
        --i
        Content-Type: text/html

        html
        --i--
        --o
        Content-Type: message/rfc822

        Subject: single

        text
        --o--

        """

    private static func read(_ section: MIMESection, _ path: [Int], _ text: String = Self.nested) -> String? {
        let bytes = message(text)
        let structure = MIMEStructure.parse(bytes.span)
        var buffer = ByteBuffer()
        guard structure.write(section, path: path, of: bytes.span, into: &buffer) else { return nil }
        return latin(buffer)
    }

    @Test("the message as a whole, its header and its text")
    func outermost() {
        #expect(Self.read(.whole, []) == latin(message(Self.nested)))
        #expect(Self.read(.header, [])?.hasSuffix("boundary=o\r\n\r\n") == true)
        #expect(Self.read(.text, [])?.hasPrefix("pre\r\n--o") == true)
        #expect(Self.read(.mime, []) == nil)
    }

    @Test(
        "parts within parts",
        arguments: [
            ([1], "one"), ([2, 1], "plain"), ([2, 2], "html"), ([3, 1], "text"), ([1, 1], nil), ([4], nil), ([0], nil),
            ([2, 3], nil), ([3, 2], nil), ([2, 1, 1], nil), ([-1], nil), ([3, 1, 1], nil),
        ] as [([Int], String?)]
    )
    func parts(path: [Int], expected: String?) {
        #expect(Self.read(.whole, path) == expected)
    }

    @Test("an enclosed message has a header and a text of its own, other parts have none")
    func enclosed() {
        #expect(Self.read(.header, [3]) == "Subject: single\r\n\r\n")
        #expect(Self.read(.text, [3]) == "text")
        #expect(Self.read(.whole, [3]) == "Subject: single\r\n\r\ntext")
        #expect(Self.read(.header, [1]) == nil)
        #expect(Self.read(.text, [1]) == nil)
        #expect(Self.read(.mime, [3]) == "Content-Type: message/rfc822\r\n\r\n")
        #expect(Self.read(.mime, [2, 2]) == "Content-Type: text/html\r\n\r\n")
        #expect(Self.read(.mime, [1]) == "\r\n")
    }

    @Test("a message that is no multipart is its own part 1")
    func single() {
        let text = "Subject: x\n\nbody\n"
        #expect(Self.read(.whole, [1], text) == "body\r\n")
        #expect(Self.read(.mime, [1], text) == "Subject: x\r\n\r\n")
        #expect(Self.read(.whole, [2], text) == nil)
        #expect(Self.read(.whole, [1, 1], text) == nil)
    }

    @Test("chosen header fields keep their order and spelling")
    func fields() {
        let text = "b: 1\nA: 2\n 3\nB : 4\nC: 5\n\nbody"
        #expect(Self.read(.headerFields(["B", "c"]), [], text) == "b: 1\r\nB : 4\r\nC: 5\r\n\r\n")
        #expect(Self.read(.headerFieldsNot(["B", "c"]), [], text) == "A: 2\r\n 3\r\n\r\n")
        #expect(Self.read(.headerFields(["X"]), [], text) == "\r\n")
        #expect(Self.read(.headerFields(["b"]), [], "b: 1") == "b: 1\r\n\r\n")
        #expect(Self.read(.headerFieldsNot(["x"]), [], "b: 1") == "b: 1")
        #expect(Self.read(.headerFields(["subject"]), [3]) == "Subject: single\r\n\r\n")
        #expect(Self.read(.headerFields(["subject"]), [1]) == nil)
    }

    @Test("all fields but none are the header itself, whatever its line ends")
    func noFieldsLeftOut() {
        for text in ["b: 1\n\nbody", "b: 1\r\n\nbody", "b: 1\n\r\nbody", "b: 1\r\n\r\nbody", "b: 1\n", "\nbody", ""] {
            let bytes = Array(text.utf8)
            let structure = MIMEStructure.parse(bytes.span)
            var buffer = ByteBuffer()
            #expect(structure.write(.headerFieldsNot([]), path: [], of: bytes.span, into: &buffer))
            #expect(latin(buffer) == slice(bytes, structure.root.header))
        }
    }

    @Test("an enclosed message that a boundary cuts off before it begins is empty, and lies in its part")
    func cutOffBeforeItBegins() {
        let part = "--o\nContent-Type: message/rfc822\n"
        let bytes = message("Content-Type: multipart/mixed; boundary=o\n\n\(part)\n\(part)--o--\n")
        let structure = MIMEStructure.parse(bytes.span)
        #expect(structure.parts.map(\.kind) == [.multipart, .message, .leaf, .message, .leaf])
        for number in [1, 3] {
            #expect(structure.parts[number].body.isEmpty)
            #expect(structure.parts[number + 1].whole == structure.parts[number].body)
        }
    }

    @Test("an empty line right before a boundary belongs to the boundary")
    func emptyPart() {
        let text = "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/html\n\n--o--\n"
        #expect(Self.read(.mime, [1], text) == "Content-Type: text/html\r\n")
        #expect(Self.read(.whole, [1], text) == "")
    }
}
