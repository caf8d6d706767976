internal import Filing
internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore

/// STORE: changing flags, one visit to the store however many messages. RFC 9051 §6.4.6, RFC 7162 §3.1.3.
extension IMAPConnection {
    func store(_ request: StoreRequest) async throws -> Reply {
        if request.unchangedSince != nil { self.enableCondstore() }
        let (selected, view) = try await self.preparedMailbox(request.numbering)
        let selection = try MessageSelection(request.messages, request.numbering, in: view, saved: selected.savedSearch)
        let uids = selection.uids(in: view.state)
        var modified: [UID] = []
        if !uids.isEmpty {
            let result = try await self.service.store.changeFlags(
                Self.change(request),
                of: uids,
                unchangedSince: request.unchangedSince,
                reportsChanges: self.hasScripts,
                in: selected.live.id,
                of: try self.account
            )
            modified = result.modified
            let told: Result<Void, any Error>
            do {
                told = .success(try await self.tellStored(request, uids, result, selected))
            } catch {
                told = .failure(error)
            }
            // The flags have changed, whatever came of telling it.
            await self.runScript(.flags(result.changes), in: selected.live.id, result.changes.map(\.uid))
            try told.get()
        }
        let code = self.modifiedCode(modified, request.numbering, selected)
        if selection.touchesGhosts { return Reply(.no, code ?? .expungeIssued, "Some of the messages no longer exist") }
        return Reply(.ok, code, modified.isEmpty ? "STORE completed" : "Conditional STORE failed for some")
    }

    private static func change(_ request: StoreRequest) -> FlagChange {
        let kind: FlagChange.Kind =
            switch request.operation {
            case .add: .add
            case .remove: .remove
            case .replace: .replace
            }
        return FlagChange(kind, flags: request.flags.system, keywords: request.flags.keywords)
    }

    /// Tells the flags as they are now of every message the command named, unless it asked for silence; and of others
    /// whatever happened to them.
    ///
    /// With CONDSTORE even a silent STORE tells the new modification sequence. RFC 7162 §3.1.3.
    private func tellStored(
        _ request: StoreRequest,
        _ uids: [UID],
        _ result: FlagChangeResult,
        _ selected: SelectedMailbox
    ) async throws {
        let delta = try await selected.advance()
        try await self.refreshKeywords()
        guard let view = selected.view else { return }
        let isUID = request.numbering == .uid
        let untouched = Set(result.modified)
        // What the answer covers, and of that what a silent one tells nevertheless.
        var own: [Range<Int>] = []
        var renumbered: [Range<Int>] = []
        view.state.forEach(of: uids) { index, entry in
            if request.isSilent {
                // Somebody else's later change is news also to a client that wants silence about its own.
                guard entry.modSeq <= result.modSeq, untouched.isEmpty || !untouched.contains(entry.uid) else { return }
                if entry.modSeq == result.modSeq { renumbered.add(index) }
            }
            own.add(index)
        }
        if !request.isSilent {
            try await self.tell(self.news(.flags, at: own, of: selected, view, includesUID: isUID))
        } else if self.isCondstoreEnabled {
            try await self.tell(self.news(.modSeq, at: renumbered, of: selected, view, includesUID: true))
        }
        try await self.write(delta, of: selected, Telling(allowsExpunge: false, includesUID: isUID), told: own)
    }

    /// `MODIFIED` names what UNCHANGEDSINCE left alone, as the command named messages.
    private func modifiedCode(_ uids: [UID], _ numbering: Numbering, _ selected: SelectedMailbox) -> ResponseCode? {
        guard !uids.isEmpty, let view = selected.view else { return nil }
        if numbering == .uid { return .modified(uids.map(\.rawValue)) }
        // Those that have gone meanwhile have no number any more.
        let numbers = uids.compactMap { view.state.index(of: $0) }.map { UInt32(view.sequenceNumber(at: $0)) }
        return numbers.isEmpty ? nil : .modified(numbers)
    }
}
