/// duplicate (RFC 7352), whole: `:handle`, `:header`, `:uniqueid`, `:seconds`, `:last`.
///
/// The test only asks and takes down what is to be remembered; who delivers remembers it together with the
/// delivery, so that a delivery that is tried again is not taken for a duplicate of itself.
///
/// Limits: ``SieveLimits/duplicateSecondsMax``, ``SieveLimits/duplicateSecondsDefault``.
enum DuplicateExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "duplicate",
            capabilities: [.duplicate],
            tags: [
                TagRule("handle", value: .string),
                TagRule("header", value: .string, group: "identity"),
                TagRule("uniqueid", value: .string, group: "identity"),
                TagRule("seconds", value: .number),
                TagRule("last"),
            ],
            builder: .test(DuplicateTest.init)
        )
    ])
}

/// Whether a message with the same identity came before.
final class DuplicateTest: CheckedTest {
    private enum Identity: Sendable {
        case header(SieveText)
        case uniqueID(SieveText)
    }

    let position: SievePosition
    private let handle: SieveText?
    private let identity: Identity
    private let seconds: UInt64?
    private let isRenewed: Bool
    var name: String { "duplicate" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.handle = call.string(tag: "handle").map(checker.text)
        self.seconds = call.number(tag: "seconds")
        self.isRenewed = call.has("last")
        if let id = call.string(tag: "uniqueid") {
            self.identity = .uniqueID(checker.text(id))
            return
        }
        guard let header = call.string(tag: "header") else {
            self.identity = .header(SieveText(.constant(Array("message-id".utf8)), at: call.position))
            return
        }
        let name = checker.text(header)
        if let bytes = name.constant, !HeaderKey.isFieldName(bytes) {
            checker.error(at: header.position, "no header field can have the name '\(header.text)'")
            return nil
        }
        self.identity = .header(name)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        let identity: [UInt8]
        switch self.identity {
        case .header(let name):
            let key = HeaderKey(run.bytes(name))
            guard let place = run.message.header.next(key) else { return false }
            identity = run.message.header.text(at: place)
        case .uniqueID(let text):
            identity = run.bytes(text)
        }
        guard !identity.isEmpty else { return false }
        let mark = SieveDuplicateMark(
            handle: self.handle.map(run.string) ?? "",
            identity: identity,
            seconds: min(self.seconds ?? run.limits.duplicateSecondsDefault, run.limits.duplicateSecondsMax),
            isRenewed: self.isRenewed
        )
        // A second test in one run has the first one's answer. RFC 7352 §3.
        if let known = run.duplicateAnswers[mark.handle]?[mark.identity] { return known }
        let isDuplicate = run.world.isDuplicate(mark)
        run.duplicateAnswers[mark.handle, default: [:]][mark.identity] = isDuplicate
        if !isDuplicate || mark.isRenewed { run.result.duplicateMarks.append(mark) }
        return isDuplicate
    }
}
