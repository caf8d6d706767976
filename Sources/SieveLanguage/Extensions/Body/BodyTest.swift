internal import MIME

/// body (RFC 5173), whole: `:raw`, `:content` and `:text`.
///
/// `:text` looks at the text of all text parts with markup taken out of HTML. No match values are set, as §6 wants it.
///
/// Limits: ``MIMELimits/searchedTextOctetsMax`` of each part are looked at, the structure as MIME bounds it.
enum BodyExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "body",
            capabilities: [.body],
            parameters: [.list("key list")],
            takesMatch: true,
            tags: [
                TagRule("raw", group: "body transform"),
                TagRule("content", value: .list, group: "body transform"),
                TagRule("text", group: "body transform"),
            ],
            builder: .test(BodyTest.init)
        )
    ])
}

/// Compares a message's body.
final class BodyTest: CheckedTest {
    private enum Transform: Sendable {
        case raw
        case content([SieveText])
        case text
    }

    let position: SievePosition
    private let match: MatchRule
    private let transform: Transform
    private let keys: SieveKeys
    var name: String { "body" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        self.keys = checker.keys(call.strings(0), for: call.match)
        if let types = call.strings(tag: "content") {
            self.transform = .content(checker.texts(types))
        } else {
            self.transform = call.has("raw") ? .raw : .text
        }
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        session.setsMatchValues = false
        // A header that no empty line follows has no body at all. RFC 5173 §4.
        guard run.message.header.hasEmptyLine else { return try session.finish(run) }
        switch self.transform {
        case .raw:
            let body = run.message.bodyBytes
            try run.spend(body.count / 64)
            return try session.decide(body, run)
        case .text:
            for part in run.message.structure.parts.indices {
                try run.spend(1)
                guard run.message.isText(part) else { continue }
                try run.spend(run.message.structure.parts[part].body.count / 64)
                if try session.feed(run.message.readableText(of: part), run) { return true }
            }
        case .content(let texts):
            let types = try Self.types(texts, run)
            for part in run.message.structure.parts.indices {
                try run.spend(1 + types.count)
                let found = run.message.mediaType(of: part)
                guard types.contains(where: { $0.matches(found) }) else { continue }
                try run.spend(run.message.structure.parts[part].body.count / 64)
                for value in run.message.contents(of: part) where try session.feed(value, run) { return true }
            }
        }
        return try session.finish(run)
    }

    private static func types(_ texts: [SieveText], _ run: SieveRun) throws(SieveRunError) -> [ContentTypeName] {
        var types: [ContentTypeName] = []
        types.reserveCapacity(texts.count)
        for text in texts {
            let bytes = run.bytes(text)
            // What is kept of all of them is paid for as keys are.
            try run.spend(bytes.count / 16)
            types.append(ContentTypeName(bytes))
        }
        return types
    }
}

/// A type, with or without subtype, that `:content` asks for. RFC 5173 §5.2.
private struct ContentTypeName {
    /// `nil` for what names no type, which matches nothing.
    private var type: [UInt8]?
    private var subtype: [UInt8]?

    init(_ text: [UInt8]) {
        let folded = ASCIIFold.folded(text)
        guard !folded.isEmpty else {
            self.type = []
            return
        }
        let pieces = folded.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard pieces.count <= 2, pieces.allSatisfy({ !$0.isEmpty }) else { return }
        self.type = Array(pieces[0])
        self.subtype = pieces.count == 2 ? Array(pieces[1]) : nil
    }

    /// - Parameter found: a part's type in lower case.
    func matches(_ found: (type: [UInt8], subtype: [UInt8])) -> Bool {
        guard let type = self.type else { return false }
        if type.isEmpty { return true }
        return found.type == type && (self.subtype.map { $0 == found.subtype } ?? true)
    }
}
