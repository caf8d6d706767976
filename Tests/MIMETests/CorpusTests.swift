import Foundation
import MIME
import NIOCore
import Testing

@Suite("real messages", .enabled(if: FixtureCorpus.isPresent))
struct CorpusTests {
    private static let folders = ["easy-ham-1", "easy-ham-2", "spam-1"]

    @Test("have an envelope and a structure that are well-formed, and all ranges lie inside", arguments: folders)
    func realMail(folder: String) throws {
        for file in FixtureCorpus.files(in: folder, suffix: ".eml") {
            let bytes = try FixtureCorpus.message(file)
            let structure = MIMEStructure.parse(bytes.span)
            #expect(structure.root.whole == 0..<bytes.count)
            let facts = MessageFacts.compute(of: bytes.span, structure: structure)
            #expect(MutationTests.isWellFormed(facts.envelope) && MutationTests.isWellFormed(facts.bodyStructure))
        }
    }

    @Test("nearly all say when they were sent in a way we can read")
    func dates() throws {
        var unreadable: [String] = []
        for file in Self.folders.flatMap({ FixtureCorpus.files(in: $0, suffix: ".eml") }) {
            let bytes = try FixtureCorpus.message(file)
            guard let field = HeaderScanner.last("Date", in: bytes.span) else { continue }
            let date = RFC5322Date.parse(field.value, in: bytes.span)
            if date == nil { unreadable.append(latin(bytes[field.value])) }
        }
        #expect(unreadable.sorted() == Self.unreadableDates)
    }

    private static let unreadableDates: [String] = []

    @Test("the fixtures of mime4j have the tree it expects")
    func mime4j() throws {
        var differing: [String] = []
        for file in FixtureCorpus.files(in: "mime4j-core-testresources", suffix: ".msg") {
            let expectation = URL(fileURLWithPath: String(file.path.dropLast(4)) + ".xml")
            guard let xml = try? String(contentsOf: expectation, encoding: .isoLatin1) else { continue }
            let bytes = try FixtureCorpus.message(file)
            let structure = MIMEStructure.parse(bytes.span)
            if Self.shape(structure, 0) != Self.shape(xml) { differing.append(file.lastPathComponent) }
        }
        #expect(differing.sorted() == Self.differingTrees)
    }

    /// In all of these we agree with Dovecot: transfer encodings of multiparts and enclosed messages are not undone,
    /// and a boundary is compared by its first 80 octets.
    private static let differingTrees = [
        "bad-newlines-multiple-parts-base64.msg", "base64encoded-rfc822message-nested.msg", "multi-2gifs-base64.msg",
        "very-long-boundary.msg", "very-very-long-boundary.msg",
    ]

    /// `m[b]` for a plain message, `m[M[b b]]` for a multipart of two.
    private static func shape(_ structure: MIMEStructure, _ number: Int) -> String {
        let part = structure.parts[number]
        let inner: String
        switch part.kind {
        case .leaf: inner = "b"
        case .multipart:
            inner = "M[" + structure.children(of: number).map { Self.shape(structure, $0) }.joined(separator: " ") + "]"
        case .message:
            inner = structure.children(of: number).map { "m[" + Self.shape(structure, $0) + "]" }.joined()
        }
        return number == 0 ? "m[\(inner)]" : inner
    }

    /// The same of the tags that make the tree in mime4j's file.
    private static func shape(_ xml: String) -> String {
        var shape = ""
        for piece in xml.split(separator: "<") {
            let tag = piece.prefix { $0 != ">" }
            let text: String? =
                switch tag {
                case "message": "m["
                case "multipart": "M["
                case "/message", "/multipart": "]"
                case "body": "b"
                default: nil
                }
            guard let text else { continue }
            if let last = shape.last, text != "]", last != "[" { shape += " " }
            shape += text
        }
        return shape
    }
}
