internal import MIME
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import SieveLanguage

/// A stored message and where it is.
struct StoredPlace {
    let mailbox: MailboxName
    let account: AccountID
    let entry: MailboxState.Entry
    let internalDate: Instant
}

/// Turns what a script wants with a stored message into what the store is to do.
struct StoredPlanner {
    let place: StoredPlace
    let message: ByteBuffer
    /// The message's flags, as scripts name them.
    let flags: [String]
    let result: SieveResult
    let discarding: StoredFiling.Discarding
    let reader: MessageReader

    /// The change of a mailbox on whose occasion the script runs.
    var event: EventOccasion?
    var refiling: Refiling
    private var contents: [FiledContent] = []
    private var steps: [RefiledMessage.Step] = []
    var sent: [String] = []
    private var notes: [String] = []
    /// What stays in the mailbox: its flags and its edition.
    private var kept: (flags: [String], edition: Int)?
    private var isUnsent = false
    /// Why nothing of what the script wants is done, though it ran to its end.
    var failure: ScriptFailure?

    init(
        place: StoredPlace,
        message: ByteBuffer,
        flags: [String],
        result: SieveResult,
        discarding: StoredFiling.Discarding,
        reader: MessageReader
    ) {
        self.place = place
        self.message = message
        self.flags = flags
        self.result = result
        self.discarding = discarding
        self.reader = reader
        self.refiling = Refiling(uid: place.entry.uid, modSeq: place.entry.modSeq)
    }

    mutating func judgement() throws -> StoredJudgement {
        var judgement = StoredJudgement(self.place.entry.uid, state: .left)
        judgement.report.subject = RefiledMessage.subject(of: self.message)
        judgement.mailbox = self.place.mailbox.text
        if self.event != nil {
            judgement.messageID = MessageIDField.first(in: self.message.readableBytesUInt8Span) ?? ""
        }
        self.notes = self.result.notes.map { "\($0.position): \($0.message)" }
        if let error = self.result.error {
            self.failure = ScriptFailure(error)
        } else {
            for planned in self.result.actions { try self.add(planned) }
        }
        if let failure {
            judgement.failure = failure
            judgement.report.state = .failed
            judgement.report.notes = self.notes + [failure.text]
            return judgement
        }
        if let implicit = self.result.implicitKeep { self.keep(implicit.keep.flags, implicit.edition) }
        if self.event != nil {
            self.markDeleted()
        } else if self.kept == nil, self.refiling.copies.isEmpty {
            try self.dispose()
        }
        self.stay()
        judgement.report.notes = self.notes
        guard !self.steps.isEmpty || !self.refiling.outgoing.isEmpty else { return judgement }
        judgement.report.state = .done
        judgement.report.steps = self.steps
        judgement.sent = self.sent
        judgement.refiling = self.refiling
        judgement.contents = self.contents.map {
            NewMessage(content: $0.make(of: self.message), internalDate: self.place.internalDate)
        }
        return judgement
    }

    private mutating func add(_ planned: SievePlannedAction) throws {
        switch planned.action {
        case .keep(let keep): self.keep(keep.flags, planned.edition)
        case .fileInto(let target): try self.file(target, planned.edition)
        case .redirect(let redirect) where self.event != nil:
            if let event { self.redirect(redirect, edition: planned.edition, event) }
        case .notify(let notify) where self.event != nil:
            if let event { self.notify(notify, event) }
        case .redirect, .reject:
            self.isUnsent = true
            self.notes.append("not sent: \(planned.action.summary)")
        case .vacation, .notify:
            self.notes.append("not sent: \(planned.action.summary)")
        }
    }

    // MARK: - Where it goes

    mutating func keep(_ flags: [String]?, _ edition: Int) {
        // What a client has stored is never changed; edits go with copies only. RFC 6785 §3.1.
        self.kept = (flags ?? self.flags, self.event == nil ? edition : 0)
    }

    private mutating func file(_ target: SieveFileInto, _ edition: Int) throws {
        let flags = target.flags ?? self.flags
        var copy = FiledCopy(target, content: 0)
        var name: MailboxName? = copy.mailbox
        if let id = copy.mailboxID, let found = try self.reader.mailboxName(id, of: self.place.account),
            try self.reader.mailboxExists(found, of: self.place.account)
        {
            name = found
        } else if let use = copy.specialUse, let found = try self.reader.mailboxName(use, of: self.place.account) {
            name = found
        } else if MailboxName(target.mailbox) == nil {
            name = nil
        } else if try !copy.createsMailbox && !self.reader.mailboxExists(copy.mailbox, of: self.place.account) {
            name = nil
        }
        guard let name else {
            self.notes.append("there is no mailbox \"\(target.mailbox)\"; the message stays")
            return self.keep(target.flags, edition)
        }
        if name == self.place.mailbox {
            guard self.event != nil else { return self.keep(target.flags, edition) }
            // A message of its own. RFC 6785 §3.3.
            copy.isBeside = true
        }
        copy.content = self.content(edition)
        copy.setFlags(flags)
        self.refiling.copies.append(copy)
        self.steps.append(RefiledMessage.Step(.copy, mailbox: name.text, flags: flags))
    }

    /// What becomes of a message that the script neither keeps nor files.
    private mutating func dispose() throws {
        guard !self.isUnsent else { return self.keep(nil, 0) }
        switch self.discarding {
        case .keep:
            self.notes.append("discarded by the script; it stays")
            self.keep(nil, 0)
        case .expunge:
            self.steps.append(RefiledMessage.Step(.expunge, mailbox: nil))
        case .trash:
            guard let trash = try self.reader.mailboxName(.trash, of: self.place.account), trash != self.place.mailbox
            else { return self.keep(nil, 0) }
            var copy = FiledCopy(mailbox: trash)
            copy.setFlags(self.flags)
            self.refiling.copies.append(copy)
            self.steps.append(RefiledMessage.Step(.copy, mailbox: trash.text, flags: self.flags))
        }
    }

    /// A message that a client has put there is not taken away behind its back: one that is not kept is marked, and
    /// the client may expunge it. RFC 6785 §3.
    private mutating func markDeleted() {
        guard self.kept == nil else { return }
        let isMarked = self.flags.contains { $0.lowercased() == "\\deleted" }
        self.kept = (isMarked ? self.flags : self.flags + ["\\Deleted"], 0)
    }

    private mutating func stay() {
        guard let kept else {
            self.refiling.stay = .nothing
            // The last place is where it goes; those before are copies.
            if let last = self.steps.indices.last, self.steps[last].kind == .copy { self.steps[last].kind = .move }
            return
        }
        var copy = FiledCopy()
        copy.setFlags(kept.flags)
        let content = self.content(kept.edition)
        if content > 0 {
            self.refiling.stay = .replaced(content: content, copy.flags, keywords: copy.keywords)
            let step = RefiledMessage.Step(.edit, mailbox: self.place.mailbox.text, flags: kept.flags)
            self.steps.append(step)
        } else if Set(kept.flags.map { $0.lowercased() }) != Set(self.flags.map { $0.lowercased() }) {
            self.refiling.stay = .withFlags(copy.flags, keywords: copy.keywords)
            let step = RefiledMessage.Step(.flags, mailbox: self.place.mailbox.text, flags: kept.flags)
            self.steps.append(step)
        }
    }

    private mutating func content(_ edition: Int) -> Int {
        let edited = self.result.editions[edition]
        guard !edited.isOriginal(octets: self.message.readableBytes) else { return 0 }
        return self.add(.edition(edited))
    }

    mutating func add(_ content: FiledContent) -> Int {
        if let known = self.contents.firstIndex(of: content) { return known + 1 }
        self.contents.append(content)
        return self.contents.count
    }
}
