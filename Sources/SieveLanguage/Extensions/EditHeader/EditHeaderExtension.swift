internal import MIME
internal import MailBytes

/// editheader (RFC 5293), whole: `addheader` and `deleteheader`.
///
/// Tests and actions behind a change see the changed header; actions before it take the message as it was. Received and
/// Auto-Submitted cannot be deleted, nor what the site protects; such a command does nothing (§6).
///
/// Limits: ``SieveLimits/headerEditsMax``, ``SieveLimits/headerFieldOctetsMax``.
enum EditHeaderExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "addheader",
            capabilities: [.editheader],
            parameters: [.string("field name"), .string("value")],
            tags: [TagRule("last")],
            builder: .command(AddHeaderCommand.init)
        ),
        CallRule(
            name: "deleteheader",
            capabilities: [.editheader],
            parameters: [.string("field name"), .list("value patterns")],
            trailingOptionalCount: 1,
            takesMatch: true,
            tags: [TagRule("index", value: .number), TagRule("last")],
            builder: .command(DeleteHeaderCommand.init)
        ),
    ])

    /// A field name as a command has it.
    fileprivate static func name(_ string: SyntaxString, _ checker: SieveChecker) -> SieveText? {
        let text = checker.text(string)
        if let bytes = text.constant, !HeaderKey.isFieldName(bytes) {
            let message = "the field name '\(String(decoding: bytes, as: UTF8.self))' is invalid"
            checker.error(at: string.position, "\(message): expected printable ASCII without ':'")
            return nil
        }
        return text
    }

    fileprivate static func name(_ text: SieveText, _ run: SieveRun) throws(SieveRunError) -> String {
        let bytes = run.bytes(text)
        guard HeaderKey.isFieldName(bytes) else {
            let found = String(decoding: bytes, as: UTF8.self)
            throw run.error(.value, quoting: found) { "the field name \($0) is invalid" }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension SieveRun {
    fileprivate func countHeaderEdit() throws(SieveRunError) {
        self.headerEdits += 1
        guard self.headerEdits <= self.limits.headerEditsMax else {
            throw self.error(.limit, "the header is changed more than \(self.limits.headerEditsMax) times")
        }
    }
}

/// Adds a header field at the top, or at the bottom.
final class AddHeaderCommand: CheckedCommand {
    let position: SievePosition
    private let field: SieveText
    private let value: SieveText
    private let atEnd: Bool
    var name: String { "addheader" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.atEnd = call.has("last")
        guard let field = EditHeaderExtension.name(call.string(0), checker) else { return nil }
        self.field = field
        self.value = checker.text(call.string(1))
        guard let bytes = self.value.constant else { return }
        if bytes.contains(0) {
            let message = "the value '\(String(decoding: bytes, as: UTF8.self))' of the header field is invalid"
            checker.error(at: self.value.position, "\(message): a NUL character stands in it")
            return nil
        }
        if bytes.contains(where: { ASCII.isControl($0) && $0 != 0x0D && $0 != 0x0A && $0 != ASCII.tab }) {
            checker.warning(at: self.value.position, "a control character in the field's value becomes a space")
        }
        guard bytes.count <= checker.limits.headerFieldOctetsMax else {
            let message =
                "the header field is too large: expected at most \(checker.limits.headerFieldOctetsMax) octets"
            checker.error(at: self.value.position, message)
            return nil
        }
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let name = try EditHeaderExtension.name(self.field, run)
        let value = HeaderIndex.trimmed(run.bytes(self.value))
        guard !value.contains(0) else {
            throw run.error(.value, "the value of the header field is invalid: a NUL character stands in it")
        }
        guard value.count <= run.limits.headerFieldOctetsMax else {
            throw run.error(.limit, "the header field has more than \(run.limits.headerFieldOctetsMax) octets")
        }
        guard !run.isProtected(name, againstDeletion: false) else {
            run.note("the header field \(name) is protected and not added")
            return .next
        }
        try run.countHeaderEdit()
        let text = Self.unfolded(UTF8Text.repaired(value.span))
        let line = HeaderEncoder.field(name, text)
        run.message.addField(line, nameOctets: name.utf8.count, atEnd: self.atEnd)
        run.trace { "add \(name)" }
        return .next
    }

    /// A value on one line; line ends in it were folds.
    private static func unfolded(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.value != 0x0D && $0.value != 0x0A }
            )
        )
    }
}

/// Deletes header fields, all of a name or those whose value matches.
final class DeleteHeaderCommand: CheckedCommand {
    let position: SievePosition
    private let field: SieveText
    private let index: FieldIndex?
    private let match: MatchRule
    private let patterns: SieveKeys?
    var name: String { "deleteheader" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        guard FieldIndex.isRight(call, checker),
            let field = EditHeaderExtension.name(call.string(0), checker)
        else { return nil }
        self.field = field
        self.index = FieldIndex(call)
        self.patterns = call.arguments[1] == nil ? nil : checker.keys(call.strings(1), for: call.match)
        if let bytes = field.constant {
            let name = String(decoding: ASCIIFold.folded(bytes), as: UTF8.self)
            if SieveRun.undeletableFields.contains(name) {
                checker.warning(at: call.position, "the header field \(name) cannot be deleted: this does nothing")
            }
        }
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let name = try EditHeaderExtension.name(self.field, run)
        guard !run.isProtected(name, againstDeletion: true) else {
            run.note("the header field \(name) is protected and not deleted")
            return .next
        }
        let places = run.message.header.all(HeaderKey(name))
        try run.spend(places.count)
        var chosen = places
        if let index = self.index { chosen = index.pick(from: places).map { [$0] } ?? [] }
        var deleted = 0
        for place in chosen {
            if let patterns = self.patterns {
                var session = try MatchSession(self.match, patterns, run)
                let value = run.message.header.text(at: place - deleted)
                guard try session.decide(value, run) else { continue }
            }
            try run.countHeaderEdit()
            run.message.removeField(at: place - deleted)
            deleted += 1
        }
        run.trace { "delete \(deleted) of \(places.count) fields \(name)" }
        return .next
    }
}

extension SieveRun {
    /// RFC 5293 §6.
    static let undeletableFields: Set<String> = ["received", "auto-submitted"]

    fileprivate func isProtected(_ name: String, againstDeletion: Bool) -> Bool {
        let name = name.lowercased()
        // Subject is what the extension is for. RFC 5293 §6.
        if name == "subject" { return false }
        if self.settings.protectedFields.contains(name) { return true }
        guard againstDeletion else { return false }
        return Self.undeletableFields.contains(name) || self.settings.undeletableFields.contains(name)
    }
}
