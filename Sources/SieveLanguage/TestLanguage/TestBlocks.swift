internal import NIOCore

/// Runs a block as one test and notes whether it failed.
final class TestBlockCommand: CheckedCommand {
    let position: SievePosition
    private let title: SieveText
    private let block: CheckedBlock
    var name: String { "test" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.title = checker.text(call.string(0))
        self.block = call.block
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        guard let state = run.testing else { return .next }
        state.errors = []
        let title = run.string(self.title)
        var flow = SieveFlow.next
        var outcome = SieveTestReport.Outcome.passed
        do throws(SieveRunError) {
            flow = try run.inside(self.block)
        } catch {
            outcome = Self.outcome(of: error)
        }
        state.report.entries.append(SieveTestReport.Entry(name: title, outcome: outcome))
        return flow == .stop ? .stop : .next
    }

    private static func outcome(of error: SieveRunError) -> SieveTestReport.Outcome {
        if error.message.hasPrefix(TestCompileTest.missing) { return .skipped(error.message) }
        return .failed("\(error.position): \(error.message)")
    }
}

/// Lets the test fail.
final class TestFailCommand: CheckedCommand {
    let position: SievePosition
    private let reason: SieveText
    var name: String { "test_fail" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.reason = checker.text(call.string(0))
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        var message = run.string(self.reason)
        if let state = run.testing, !state.errors.isEmpty { message += " (\(state.errors.joined(separator: "; ")))" }
        throw run.error(.script, message)
    }
}

/// Sets the message or a part of the envelope.
final class TestSetCommand: CheckedCommand {
    let position: SievePosition
    private let what: String
    private let value: SieveText
    var name: String { "test_set" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.what = call.string(0).text
        self.value = checker.text(call.string(1))
        guard ["message", "envelope.from", "envelope.to", "envelope.orig_to", "envelope.auth"].contains(self.what)
        else {
            checker.error(at: call.string(0).position, "there is no '\(self.what)' to set")
            return nil
        }
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let bytes = run.bytes(self.value)
        var text = String(decoding: bytes, as: UTF8.self)
        if text == "<>" { text = "" }
        switch self.what {
        case "message":
            run.message = MessageView(ByteBuffer(bytes: bytes))
            if run.result.actions.isEmpty { run.result.editions = [run.message.edition] }
            run.situation.envelope = SieveEnvelope(guessedFrom: run.message)
        case "envelope.from": run.situation.envelope.sender = text
        case "envelope.to": run.situation.envelope.recipient = text
        case "envelope.orig_to": run.situation.envelope.originalRecipient = text
        default: run.situation.envelope.authenticated = text
        }
        return .next
    }
}

/// Changes a setting, or brings the changed ones in force.
final class TestConfigCommand: CheckedCommand {
    let position: SievePosition
    let name: String
    private let setting: SieveText?
    private let value: SieveText?

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.name = call.name
        self.setting = call.arguments.isEmpty ? nil : checker.text(call.string(0))
        self.value = call.arguments.count > 1 ? checker.text(call.string(1)) : nil
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        guard let state = run.testing else { return .next }
        guard let setting = self.setting.map(run.string) else {
            state.reload(run)
            return .next
        }
        state.settings[setting] = self.value.map(run.string)
        return .next
    }
}

/// Makes or removes a mailbox.
final class TestMailboxCommand: CheckedCommand {
    let position: SievePosition
    let name: String
    private let mailbox: SieveText
    private let isCreation: Bool

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.name = call.name
        self.mailbox = checker.text(call.string(0))
        self.isCreation = call.name == "test_mailbox_create" || call.has("create")
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let mailbox = SieveTestWorld.key(run.string(self.mailbox))
        guard let world = run.testing?.world else { return .next }
        if self.isCreation {
            world.folders[mailbox] = world.folders[mailbox] ?? []
        } else {
            world.folders[mailbox] = nil
        }
        return .next
    }
}

/// Sets an annotation of the server or of a mailbox.
final class TestMetadataCommand: CheckedCommand {
    let position: SievePosition
    private let mailbox: SieveText?
    private let annotation: SieveText
    private let value: SieveText
    var name: String { "test_imap_metadata_set" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.mailbox = call.string(tag: "mailbox").map(checker.text)
        self.annotation = checker.text(call.string(0))
        self.value = checker.text(call.string(1))
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let mailbox = self.mailbox.map { SieveTestWorld.key(run.string($0)) } ?? ""
        run.testing?.world.annotations["\(mailbox) \(run.string(self.annotation).lowercased())"] = run.string(
            self.value
        )
        return .next
    }
}

/// Forgets what was planned.
final class TestResetCommand: CheckedCommand {
    let position: SievePosition
    var name: String { "test_result_reset" }

    init(position: SievePosition) { self.position = position }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        guard let state = run.testing else { return .next }
        state.result = nil
        state.outbox = []
        run.result = SieveResult()
        run.result.editions = [run.message.edition]
        run.isImplicitKeepCancelled = false
        run.flags = SieveFlags()
        run.duplicateAnswers = [:]
        run.headerEdits = 0
        return .next
    }
}

/// Shows what is planned; nobody looks.
final class TestPrintCommand: CheckedCommand {
    let position: SievePosition
    var name: String { "test_result_print" }

    init(position: SievePosition) { self.position = position }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow { .next }
}

/// Saving and loading compiled scripts means nothing where a program is a value: the one compiled last is the
/// one loaded.
final class TestBinaryCommand: CheckedCommand {
    let position: SievePosition
    let name: String

    init(_ call: CheckedCall) {
        self.position = call.position
        self.name = call.name
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow { .next }
}
