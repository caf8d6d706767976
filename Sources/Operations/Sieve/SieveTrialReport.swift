internal import MailTypes
internal import NIOCore
internal import SieveLanguage

/// What a script would do with a message.
package struct SieveTrialReport: Codable, Sendable {
    package struct Action: Codable, Sendable {
        /// `keep`, `fileinto`, `redirect`, `reject`, `ereject`, `vacation`, `notify`, `discard`, or a change of the
        /// message that the next action takes: `addheader`, `deleteheader`, `body`.
        package var name: String
        /// The action in words, on one line.
        package var text: String
        /// Whether it is done because no action said otherwise.
        package var isImplicit = false
        package var mailbox: String?
        /// `nil` when the script said nothing about flags.
        package var flags: [String]?
        /// Who gets mail because of it.
        package var addresses: [String]?
        /// Why the message is refused.
        package var reason: String?
        /// The message that is sent because of it, whole.
        package var message: String?
    }

    package struct Step: Codable, Sendable {
        package var script: String
        package var line: Int
        package var column: Int
        /// Blocks and tests around it.
        package var level: Int
        package var text: String
    }

    /// The message's file, where there are several.
    package var file: String?
    package var sender: String
    package var recipient: String
    /// In the order in which they are done.
    package var actions: [Action] = []
    /// Why a script ended early; what it planned is dropped then and the message kept.
    package var error: String?
    /// What was not done and why, and what should be changed.
    package var notes: [String]
    /// `nil` when the run was not traced.
    package var trace: [Step]?

    init(_ result: SieveResult, of message: ByteBuffer, _ situation: SieveSituation) {
        self.sender = situation.envelope.sender
        self.recipient = situation.envelope.recipient
        self.error = result.error?.description
        self.notes = result.notes.map { "\($0.position): \($0.isWarning ? "warning: " : "")\($0.message)" }
        self.trace =
            result.trace.isEmpty
            ? nil
            : result.trace.map { entry in
                Step(
                    script: entry.script,
                    line: entry.position.line,
                    column: entry.position.column,
                    level: entry.level,
                    text: entry.message
                )
            }
        self.addActions(of: result, message, situation)
    }

    private mutating func addActions(of result: SieveResult, _ message: ByteBuffer, _ situation: SieveSituation) {
        var edition = 0
        var isDisposed = false
        for planned in result.actions {
            self.add(result.changes(from: edition, to: planned.edition, of: message))
            edition = planned.edition
            switch planned.action {
            case .keep, .fileInto, .redirect, .reject: isDisposed = true
            case .vacation, .notify: break
            }
            self.actions.append(Action(planned.action, situation))
            self.noteAuthor(of: planned.action)
        }
        if let keep = result.implicitKeep {
            self.add(result.changes(from: edition, to: keep.edition, of: message))
            var action = Action(.keep(keep.keep), situation)
            action.isImplicit = true
            action.text += " (implicit)"
            self.actions.append(action)
        } else if !isDisposed {
            self.actions.append(Action(name: "discard", text: "discard"))
        }
    }

    /// Which addresses are the owner's is known where the mail is delivered only.
    private mutating func noteAuthor(of action: SieveAction) {
        let from: String? =
            switch action {
            case .vacation(let vacation): vacation.from
            case .notify(let notify): notify.from
            case .keep, .fileInto, .redirect, .reject: nil
            }
        guard let from else { return }
        self.notes.append(":from '\(from)' is followed where it is one of the owner's addresses")
    }

    private mutating func add(_ changes: [SieveChange]) {
        for change in changes {
            let name =
                switch change {
                case .addedField: "addheader"
                case .deletedField: "deleteheader"
                case .changedBody: "body"
                }
            self.actions.append(Action(name: name, text: change.summary))
        }
    }

    /// The steps, if the run was traced; then the actions, each on a line and what it sends indented below; then the
    /// error and the notes.
    package var text: String {
        var lines = (self.trace ?? []).map { step in
            let place = "\(step.script):\(step.line):\(step.column): "
            return place + String(repeating: "  ", count: step.level) + step.text
        }
        for action in self.actions {
            lines.append(action.text)
            guard let message = action.message else { continue }
            lines += message.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "" : "    \($0)" }
            while lines.last?.isEmpty == true { lines.removeLast() }
        }
        if let error { lines.append("error: \(error)") }
        return (lines + self.notes.map { "note: \($0)" }).joined(separator: "\n")
    }
}

extension SieveTrialReport.Action {
    fileprivate init(_ action: SieveAction, _ situation: SieveSituation) {
        self.init(name: action.name, text: action.summary)
        switch action {
        case .keep(let keep):
            self.mailbox = "INBOX"
            self.flags = keep.flags
        case .fileInto(let target):
            self.name = "fileinto"
            self.mailbox = target.mailbox
            self.flags = target.flags
        case .redirect(let redirect):
            self.addresses = [redirect.address]
        case .reject(let reject):
            self.reason = reject.reason
        case .vacation(let vacation):
            guard vacation.verdict == .answer else { return }
            self.addresses = [vacation.recipient]
            let answer = vacation.message(messageID: Self.messageID(vacation.owner), now: situation.now)
            self.message = String(decoding: answer, as: UTF8.self)
        case .notify(let notify):
            guard notify.withheld == nil else { return }
            self.addresses = (notify.recipients + notify.copies).map(\.address)
            let recipient = situation.envelope.recipient
            let notification = notify.message(
                messageID: Self.messageID(recipient),
                now: situation.now,
                site: recipient,
                owner: recipient
            )
            self.message = String(decoding: notification, as: UTF8.self)
        }
    }

    /// One that says that no message was sent.
    private static func messageID(_ owner: String) -> String {
        let domain = owner.lastIndex(of: "@").map { owner[owner.index(after: $0)...] } ?? "localhost"
        return "<trial@\(domain)>"
    }
}
