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

    /// Tells everything new without waiting for anything, if it is little enough for that.
    ///
    /// - Returns: whether that was possible; if not, a task must call ``tellNews(_:)``.
    func tellNewsNow(_ telling: Telling = Telling()) -> Bool {
        guard let selected = self.selected else { return true }
        if selected.live.isGone || selected.untold != nil { return false }
        if selected.isUpToDate { return true }
        guard let delta = selected.advanceNow(), let view = selected.view else { return false }
        let expunges = telling.allowsExpunge ? view.ghosts.count : 0
        guard delta.flagChanges.count + expunges <= IMAPSessionLimits.newsAtOnceMax,
            self.areKeywordsKnown(at: delta.flagChanges, of: view.state)
        else {
            selected.untold = delta
            return false
        }
        self.writeNow(delta, of: selected, telling)
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
        } catch is CancellationError {
            // The client is gone.
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
            try await self.write(untold, of: selected, telling)
        }
        let isCurrent = selected.view != nil && selected.isUpToDate
        let delta = isCurrent ? MailboxView.Delta() : try await selected.advance()
        // In this order: the messages read just now may show keywords that were not known before.
        try await self.refreshKeywords()
        try await self.write(delta, of: selected, telling)
    }

    // MARK: - Writing

    /// Writes what is new, except messages in `told`, which the command's own answer covers; waits for the client where
    /// it is much.
    ///
    /// All of it belongs to one view: meanwhile nothing else moves this session's view on, and what happens to the
    /// mailbox is told after it.
    func write(
        _ delta: MailboxView.Delta,
        of selected: SelectedMailbox,
        _ telling: Telling,
        told: [Range<Int>] = []
    ) async throws {
        if telling.allowsExpunge {
            for number in selected.takeExpunges() {
                self.output.writeExpunge(UInt32(number))
                try await self.makeRoom()
            }
        }
        self.writeArrivals(delta, of: selected)
        guard let view = selected.view else { return }
        let changed = Self.ranges(of: delta.flagChanges, without: told)
        try await self.tell(self.news(.flags, at: changed, of: selected, view, includesUID: telling.includesUID))
    }

    /// The same for what is little.
    private func writeNow(_ delta: MailboxView.Delta, of selected: SelectedMailbox, _ telling: Telling) {
        if telling.allowsExpunge {
            for number in selected.takeExpunges() { self.output.writeExpunge(UInt32(number)) }
        }
        self.writeArrivals(delta, of: selected)
        guard let view = selected.view, !delta.flagChanges.isEmpty else { return }
        let changed = Self.ranges(of: delta.flagChanges)
        let job = self.news(.flags, at: changed, of: selected, view, includesUID: telling.includesUID)
        var cursor = FetchJob.Cursor()
        while !cursor.isDone { cursor = self.writePiece(of: job, from: cursor) }
    }

    private func writeArrivals(_ delta: MailboxView.Delta, of selected: SelectedMailbox) {
        guard delta.hasArrivals else { return }
        self.output.writeExists(selected.count)
        self.output.writeRecent(selected.recentCount)
    }

    /// Indices in order, except those in `told`.
    private static func ranges(of indices: [Int], without told: [Range<Int>] = []) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var skipped = told[...]
        for index in indices {
            while let range = skipped.first, range.upperBound <= index { skipped = skipped.dropFirst() }
            if let range = skipped.first, range.contains(index) { continue }
            ranges.add(index)
        }
        return ranges
    }

    // MARK: - FETCH responses nobody asked for

    /// `* n FETCH (FLAGS (…))` of each of these messages, with what else the session wants to know.
    func news(
        _ news: FetchPlan.News,
        at ranges: [Range<Int>],
        of selected: SelectedMailbox,
        _ view: MailboxView,
        includesUID: Bool
    ) -> FetchJob {
        FetchJob(
            plan: FetchPlan(news: news, wantsUID: includesUID || self.isCondstoreEnabled),
            view: view,
            selection: MessageSelection(ranges),
            flagNames: self.flagNames,
            recentStart: selected.recentStart,
            includesModSeq: self.isCondstoreEnabled,
            flagsToldSince: nil
        )
    }

    /// Tells news: much of it in pieces made away from the event loop, as the client takes them.
    func tell(_ job: FetchJob) async throws {
        guard !job.selection.isEmpty else { return }
        guard job.selection.count <= IMAPSessionLimits.newsAtOnceMax else {
            _ = try await self.stream(job)
            return
        }
        var cursor = FetchJob.Cursor()
        while !cursor.isDone {
            cursor = self.writePiece(of: job, from: cursor)
            try await self.makeRoom()
        }
    }

    private func writePiece(of job: FetchJob, from start: FetchJob.Cursor) -> FetchJob.Cursor {
        let piece = job.encodeState(from: start, count: IMAPSessionLimits.newsAtOnceMax)
        self.output.writeImmutableBuffer(piece.buffer)
        return piece.cursor
    }
}
