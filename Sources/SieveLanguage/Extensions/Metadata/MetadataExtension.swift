/// mboxmetadata and servermetadata (RFC 5490 §3.3 to §3.6), whole: `metadata`, `metadataexists`, `servermetadata`,
/// `servermetadataexists`.
///
/// Limits: none of its own.
enum MetadataExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "metadata",
            capabilities: [.mboxmetadata],
            parameters: [.string("mailbox"), .string("annotation name"), .list("key list")],
            takesMatch: true,
            builder: .test(MetadataTest.init)
        ),
        CallRule(
            name: "servermetadata",
            capabilities: [.servermetadata],
            parameters: [.string("annotation name"), .list("key list")],
            takesMatch: true,
            builder: .test(MetadataTest.init)
        ),
        CallRule(
            name: "metadataexists",
            capabilities: [.mboxmetadata],
            parameters: [.string("mailbox"), .list("annotation names")],
            builder: .test(MetadataExistsTest.init)
        ),
        CallRule(
            name: "servermetadataexists",
            capabilities: [.servermetadata],
            parameters: [.list("annotation names")],
            builder: .test(MetadataExistsTest.init)
        ),
    ])

    /// Reports an annotation's name that can be none. RFC 5464 §3.1.
    fileprivate static func check(_ name: SyntaxString, _ text: SieveText, _ checker: SieveChecker) {
        guard let bytes = text.constant else { return }
        let annotation = String(decoding: bytes, as: UTF8.self)
        guard Self.isName(annotation) else {
            let message = "'\(annotation)' is no name of an annotation: expected '/private/…' or '/shared/…'"
            return checker.warning(at: name.position, message)
        }
    }

    private static func isName(_ name: String) -> Bool {
        let lower = name.lowercased()
        return (lower.hasPrefix("/private/") || lower.hasPrefix("/shared/")) && !lower.hasSuffix("/")
            && !lower.contains("//") && !lower.contains("*") && !lower.contains("%")
    }
}

/// Compares an annotation's value.
final class MetadataTest: CheckedTest {
    let position: SievePosition
    let name: String
    private let match: MatchRule
    private let mailbox: SieveText?
    private let annotation: SieveText
    private let keys: SieveKeys

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.name = call.name
        self.match = call.match
        let first = call.name == "metadata" ? 1 : 0
        self.mailbox = first == 1 ? checker.text(call.string(0)) : nil
        self.annotation = checker.text(call.string(first))
        self.keys = checker.keys(call.strings(first + 1), for: call.match)
        MetadataExtension.check(call.string(first), self.annotation, checker)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        let annotation = run.string(self.annotation).lowercased()
        guard let value = run.world.metadata(annotation, of: self.mailbox.map(run.string)) else { return false }
        return try session.decide(Array(value.utf8), run)
    }
}

/// Whether all named annotations are there.
final class MetadataExistsTest: CheckedTest {
    let position: SievePosition
    let name: String
    private let mailbox: SieveText?
    private let annotations: [SieveText]

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.name = call.name
        let first = call.name == "metadataexists" ? 1 : 0
        self.mailbox = first == 1 ? checker.text(call.string(0)) : nil
        self.annotations = checker.texts(call.strings(first))
        for (text, string) in zip(self.annotations, call.strings(first)) {
            MetadataExtension.check(string, text, checker)
        }
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        let mailbox = self.mailbox.map(run.string)
        return self.annotations.allSatisfy { run.world.metadata(run.string($0).lowercased(), of: mailbox) != nil }
    }
}
