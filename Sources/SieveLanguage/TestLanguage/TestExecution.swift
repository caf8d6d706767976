internal import MailTypes
internal import NIOCore

/// Carries out what is planned, on mailboxes in memory.
final class TestExecuteStep: CheckedTest, CheckedCommand {
    let position: SievePosition
    var name: String { "test_result_execute" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        try run.testing?.execute(run) ?? false
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        guard try self.evaluate(run) else { throw run.error(.script, "the result cannot be carried out") }
        return .next
    }
}

/// Makes a message that was stored or sent the one that tests look at.
final class TestMessageStep: CheckedTest, CheckedCommand {
    let position: SievePosition
    private let folder: SieveText?
    private let number: UInt64
    var name: String { "test_message" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.folder = call.string(tag: "folder").map(checker.text)
        self.number = call.number(0)
        if let bytes = self.folder?.constant, SieveMailboxName.name(bytes) == nil {
            checker.error(at: call.position, "invalid folder name: expected UTF-8 without controls")
            return nil
        }
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        guard let state = run.testing else { return false }
        let all = self.folder.map { state.world.folders[SieveTestWorld.key(run.string($0))] ?? [] } ?? state.outbox
        guard self.number < UInt64(all.count) else { return false }
        let message = all[Int(self.number)]
        run.message = MessageView(message.bytes)
        run.flags = SieveFlags(message.flags)
        if self.folder == nil {
            run.situation.envelope.sender = message.sender
            run.situation.envelope.recipient = message.recipient
        }
        return true
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        guard try self.evaluate(run) else { throw run.error(.script, "there is no message \(self.number)") }
        return .next
    }
}

extension SieveTestState {
    private static let postmaster = "postmaster@example.com"

    /// - Returns: Whether everything could be done.
    func execute(_ run: SieveRun) throws(SieveRunError) -> Bool {
        self.errors = []
        var result = self.result ?? run.result
        var isWhole = true
        for index in result.actions.indices where !result.actions[index].isSettled {
            let planned = result.actions[index]
            let bytes = self.bytes(of: planned.edition, in: result, run)
            isWhole = self.execute(planned.action, bytes, run) && isWhole
            result.actions[index].isSettled = true
        }
        if self.result == nil {
            if !run.isImplicitKeepCancelled { self.keep(run, flags: run.flags.names) }
        } else if let keep = result.implicitKeep {
            let bytes = self.bytes(of: keep.edition, in: result, run)
            self.world.folders["INBOX", default: []].append(Stored(bytes: bytes, flags: keep.keep.flags ?? []))
            result.implicitKeep = nil
        }
        if !isWhole { self.keep(run, flags: []) }
        for mark in result.duplicateMarks { self.world.seen.insert(mark) }
        if self.result == nil { run.result = result } else { self.result = result }
        return isWhole
    }

    private func keep(_ run: SieveRun, flags: [String]) {
        var bytes = ByteBuffer()
        run.message.edition.write(run.message.original, into: &bytes)
        self.world.folders["INBOX", default: []].append(Stored(bytes: bytes, flags: flags))
    }

    private func bytes(of edition: Int, in result: SieveResult, _ run: SieveRun) -> ByteBuffer {
        var bytes = ByteBuffer()
        result.editions[edition].write(run.message.original, into: &bytes)
        return bytes
    }

    private func execute(_ action: SieveAction, _ bytes: ByteBuffer, _ run: SieveRun) -> Bool {
        let envelope = run.situation.envelope
        switch action {
        case .keep(let keep):
            self.world.folders["INBOX", default: []].append(Stored(bytes: bytes, flags: keep.flags ?? []))
        case .fileInto(let target):
            return self.store(bytes, target)
        case .redirect(let redirect):
            var marked = ByteBuffer(string: "\(SieveRedirect.loopField): \(redirect.loopMark)\r\n")
            marked.writeImmutableBuffer(bytes)
            self.outbox.append(Stored(bytes: marked, sender: redirect.sender, recipient: redirect.address))
        case .reject(let reject):
            guard !envelope.sender.isEmpty else { return true }
            let notice = reject.notice(
                of: bytes,
                to: envelope.sender,
                by: envelope.originalRecipient ?? envelope.recipient,
                messageID: "<reject@example.com>",
                now: run.situation.now,
                site: Self.postmaster
            )
            self.outbox.append(Stored(bytes: ByteBuffer(bytes: notice), recipient: envelope.sender))
        case .vacation(let vacation):
            guard vacation.verdict == .answer else { return true }
            let answer = vacation.message(messageID: "<vacation@example.com>", now: run.situation.now)
            self.outbox.append(Stored(bytes: ByteBuffer(bytes: answer), recipient: vacation.recipient))
        case .notify(let notify):
            self.send(notify, run)
        }
        return true
    }

    private func send(_ notify: SieveNotify, _ run: SieveRun) {
        guard notify.withheld == nil else { return }
        let message = notify.message(
            messageID: "<notify@example.com>",
            now: run.situation.now,
            site: Self.postmaster,
            owner: run.ownerAddress
        )
        for recipient in notify.recipients + notify.copies {
            let sender = notify.sender ?? Self.postmaster
            self.outbox.append(Stored(bytes: ByteBuffer(bytes: message), sender: sender, recipient: recipient.address))
        }
    }

    private func store(_ bytes: ByteBuffer, _ target: SieveFileInto) -> Bool {
        let name = SieveTestWorld.key(target.mailbox)
        if name.hasPrefix("/") || name.hasSuffix("/") || name.contains("//") {
            self.errors.append("failed to store into mailbox '\(name)': this name cannot be used")
            return false
        }
        if self.world.folders[name] == nil {
            guard target.createsMailbox else {
                self.errors.append("failed to store into mailbox '\(name)': it does not exist")
                return false
            }
            self.world.folders[name] = []
        }
        self.world.folders[name, default: []].append(Stored(bytes: bytes, flags: target.flags ?? []))
        return true
    }
}
