internal import Filing
internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import Sessions

/// FETCH: what the client wants to know of messages. RFC 9051 §6.4.5, RFC 7162 §3.1.4.
///
/// Flags come from memory and are encoded off the event loop when there are many; everything else is read on a reader
/// lane, a batch at a time. While the socket takes one batch the next is being read, and none is read ahead of a client
/// that does not listen.
extension IMAPConnection {
    func fetch(_ request: FetchRequest) async throws -> Reply {
        let plan = FetchPlan(request)
        if plan.wantsModSeq { self.enableCondstore() }
        let hold = plan.needsStore ? self.service.store.hold(of: try self.account) : nil
        defer { hold?.end() }
        let (selected, prepared) = try await self.preparedMailbox(request.numbering)
        var view = prepared
        var selection = try MessageSelection(
            request.messages,
            request.numbering,
            in: view,
            saved: selected.savedSearch
        )
        var flagsToldSince: ModSeq?
        var seen: [FlagsChanged] = []
        if plan.setsSeen, !selected.isReadOnly {
            let before = view.state
            if let changes = try await self.markSeen(selection, plan, request.numbering) {
                flagsToldSince = before.highestModSeq
                seen = changes
                guard let now = selected.view else { throw Reply.mailboxIsGone }
                view = now
                selection = MessageSelection(selection, in: before, now: view.state)
            }
        }
        let job = FetchJob(
            plan: plan,
            view: view,
            selection: selection,
            flagNames: self.flagNames,
            recentStart: selected.recentStart,
            includesModSeq: self.isCondstoreEnabled,
            flagsToldSince: flagsToldSince
        )
        let told: Result<FetchJob.Cursor, any Error>
        do { told = .success(try await self.stream(job)) } catch { told = .failure(error) }
        // Messages have become read, whatever came of telling their text.
        await self.runScript(.flags(seen), in: selected.live.id, seen.map(\.uid))
        let end = try told.get()
        if end.unreadable > 0 { return .messagesUnreadable }
        if end.missing > 0 || selection.touchesGhosts, request.numbering == .sequence { return .expungeIssued }
        return Reply(.ok, nil, "FETCH completed")
    }

    /// Marks the messages as read that a fetch of their text makes read; their FETCH responses tell it. What else is
    /// new is told at once, and the view then is the one to answer from.
    ///
    /// - Returns: what changed, so far as a script may want to know; `nil` when nothing did.
    private func markSeen(
        _ selection: MessageSelection,
        _ plan: FetchPlan,
        _ numbering: Numbering
    ) async throws -> [FlagsChanged]? {
        guard let selected = self.selected, let state = selected.view?.state else { return nil }
        let uids = selection.uids(in: state) { entry in
            !entry.flags.contains(.seen) && (plan.changedSince.map { entry.modSeq > $0 } ?? true)
        }
        guard !uids.isEmpty else { return nil }
        let result = try await self.service.store.changeFlags(
            FlagChange(.add, flags: .seen),
            of: uids,
            unchangedSince: nil,
            reportsChanges: self.hasScripts,
            in: selected.live.id,
            of: try self.account
        )
        do {
            try await self.tellOthers(than: uids, numbering, selected)
        } catch {
            // They have become read, whatever came of telling the rest.
            await self.runScript(.flags(result.changes), in: selected.live.id, result.changes.map(\.uid))
            throw error
        }
        return result.changes
    }

    /// Tells what is new of messages other than `uids`, which ascend.
    private func tellOthers(than uids: [UID], _ numbering: Numbering, _ selected: SelectedMailbox) async throws {
        let delta = try await selected.advance()
        try await self.refreshKeywords()
        var own: [Range<Int>] = []
        selected.view?.state.forEach(of: uids) { index, _ in own.add(index) }
        let telling = Telling(allowsExpunge: false, includesUID: numbering == .uid)
        try await self.write(delta, of: selected, telling, told: own)
        _ = try await self.preparedMailbox(numbering)
    }

    // MARK: - Streaming

    /// - Returns: how the answer ended.
    /// - Throws: `CancellationError` when nobody reads it any more.
    func stream(_ job: FetchJob) async throws -> FetchJob.Cursor {
        guard !job.selection.isEmpty else { return FetchJob.Cursor() }
        let store = self.service.store
        let account = try self.account
        let start = FetchJob.Cursor()
        let isSmall = !job.plan.needsStore && job.selection.count <= Self.messagesAtOnce
        var piece =
            isSmall
            ? job.encodeState(from: start, count: Self.messagesAtOnce)
            : try await Self.next(start, of: job, store, account)
        while !piece.cursor.isDone {
            let cursor = piece.cursor
            try self.note(piece.unreadable, cursor.unreadable, doing: "FETCH")
            async let following = Self.next(cursor, of: job, store, account)
            self.emit(piece.buffer)
            await self.untilWritable()
            if self.isLost { throw CancellationError() }
            do {
                piece = try await following
            } catch {
                // In the middle of a literal nothing else can be said.
                if cursor.isWithinMessage { self.machine.closed() }
                throw error
            }
        }
        try self.note(piece.unreadable, piece.cursor.unreadable, doing: "FETCH")
        self.emit(piece.buffer)
        return piece.cursor
    }

    /// So many messages are answered from memory on the event loop itself.
    private static let messagesAtOnce = 500

    /// The next piece of the answer, made where its data lies.
    private nonisolated static func next(
        _ cursor: FetchJob.Cursor,
        of job: FetchJob,
        _ store: MailStore,
        _ account: AccountID
    ) async throws -> FetchJob.Piece {
        guard job.plan.needsStore else { return await Self.encode(cursor, of: job) }
        return try await store.read(of: account) { try job.encodeStored(from: cursor, reader: $0) }
    }

    /// Away from the event loop, which the session's task prefers otherwise: so others on it are served between two
    /// pieces, however fast this client takes them.
    private nonisolated static func encode(_ cursor: FetchJob.Cursor, of job: FetchJob) async -> FetchJob.Piece {
        await withTaskExecutorPreference(globalConcurrentExecutor) { await Self.encodeSlice(cursor, of: job) }
    }

    @concurrent
    private nonisolated static func encodeSlice(_ cursor: FetchJob.Cursor, of job: FetchJob) async -> FetchJob.Piece {
        job.encodeState(from: cursor, count: IMAPSessionLimits.sliceMessagesMax)
    }
}
