internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore

/// Telling the client what changed in its mailbox. RFC 9051 §5.2, §7.5.1.
extension IMAPConnection {
    /// How a command wants changes told.
    struct Telling {
        /// EXPUNGE may be told: not while FETCH, STORE or SEARCH with sequence numbers run.
        var allowsExpunge = true
        /// FETCH responses carry the UID, as they must in answer to a UID command.
        var includesUID = false
    }

    /// Tells everything new without waiting for anything.
    ///
    /// - Returns: whether that was possible; if not, a task must call ``tellNews(_:)``.
    func tellNewsNow(_ telling: Telling = Telling()) -> Bool {
        guard let selected = self.selected else { return true }
        if selected.live.isGone || selected.untold != nil { return false }
        if selected.isUpToDate { return true }
        guard let delta = selected.advanceNow(), let view = selected.view else { return false }
        guard self.areKeywordsKnown(at: delta.flagChanges, of: view.state) else {
            selected.untold = delta
            return false
        }
        self.write(delta, of: selected, telling)
        return true
    }

    /// Tells everything new, loading what is needed for that.
    func tellNews(_ telling: Telling = Telling()) async {
        guard !self.tellNewsNow(telling), let selected = self.selected else { return }
        if selected.live.isGone {
            self.sayBye("The selected mailbox has been deleted")
            return
        }
        do {
            try await self.advance(selected, telling)
        } catch {
            self.noteFailure(error, doing: "news")
            self.sayBye("The selected mailbox cannot be read")
        }
    }

    /// Brings the view of the selected mailbox up to date before a command names messages in it.
    ///
    /// What was expunged is kept as a ghost, so that the client's numbers mean what it thinks they mean. A UID command
    /// thereby sees everything that is in the mailbox at its start (lesson 17).
    func preparedMailbox(_ numbering: Numbering) async throws -> (SelectedMailbox, MailboxView) {
        guard let selected = self.selected else { throw Reply(.needsMailbox) }
        if selected.live.isGone { throw Reply.mailboxIsGone }
        try await self.advance(selected, Telling(allowsExpunge: false, includesUID: numbering == .uid))
        guard let view = selected.view else { throw Reply.mailboxIsGone }
        return (selected, view)
    }

    private func advance(_ selected: SelectedMailbox, _ telling: Telling) async throws {
        if let untold = selected.untold {
            selected.untold = nil
            try await self.refreshKeywords()
            self.write(untold, of: selected, telling)
        }
        let isCurrent = selected.view != nil && selected.isUpToDate
        let delta = isCurrent ? MailboxView.Delta() : try await selected.advance()
        // In this order: the messages read just now may show keywords that were not known before.
        try await self.refreshKeywords()
        self.write(delta, of: selected, telling)
    }

    /// Writes what is new, except messages in `told`, which the command's own answer covers.
    func write(_ delta: MailboxView.Delta, of selected: SelectedMailbox, _ telling: Telling, told: [Range<Int>] = []) {
        if telling.allowsExpunge {
            for number in selected.takeExpunges() { self.output.writeExpunge(UInt32(number)) }
        }
        if delta.hasArrivals {
            self.output.writeExists(selected.count)
            self.output.writeRecent(selected.recentCount)
        }
        guard let view = selected.view, !delta.flagChanges.isEmpty else { return }
        var skipped = told[...]
        for index in delta.flagChanges {
            while let range = skipped.first, range.upperBound <= index { skipped = skipped.dropFirst() }
            if let range = skipped.first, range.contains(index) { continue }
            self.writeFlags(at: index, of: selected, view, includesUID: telling.includesUID)
        }
    }

    /// `* n FETCH (FLAGS (…))`, with what else the session wants to know.
    func writeFlags(at index: Int, of selected: SelectedMailbox, _ view: MailboxView, includesUID: Bool) {
        let entry = view.state[index]
        self.output.writeFlagsFetch(
            sequence: UInt32(view.sequenceNumber(at: index)),
            uid: includesUID || self.isCondstoreEnabled ? entry.uid : nil,
            flags: entry.flags,
            self.flagNames,
            isRecent: selected.isRecent(entry.uid),
            modSeq: self.isCondstoreEnabled ? entry.modSeq : nil
        )
    }
}
