internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import Sessions

/// SELECT, EXAMINE, UNSELECT and CLOSE. RFC 9051 §6.3.2, §6.3.3, §6.4.1, §6.4.2, RFC 3691, RFC 7162 §3.1.2.
extension IMAPConnection {
    func select(_ request: SelectRequest, isReadOnly: Bool) async throws -> Reply {
        // Even a SELECT that fails leaves the mailbox that was open, and the client is told where what belongs to it
        // ends. RFC 7162 §3.2.11.
        let wasOpen = self.selected != nil
        self.leaveMailbox()
        if wasOpen { self.output.writeUntagged(.ok, code: .closed, "The mailbox before is closed") }
        self.machine.mailboxLeft()
        if request.enablesCondstore { self.enableCondstore() }
        let account = try self.account
        guard let name = MailboxName(request.mailbox.name),
            let live = try await self.service.store.open(name, of: account)
        else { throw Reply.noSuchMailbox }
        try await self.refreshKeywords()
        // The counters as they are now, whatever happened since the name was looked up.
        let opening = try await live.opening()
        let summary = opening.summary
        let claimsRecent = !isReadOnly && summary.recent > 0
        let selected = SelectedMailbox(
            live,
            summary: summary,
            isReadOnly: isReadOnly,
            recentStart: claimsRecent ? try await live.claimRecent().first : summary.counters.firstRecent
        )
        self.selected = selected
        self.machine.mailboxSelected(isReadOnly: isReadOnly)
        self.describe(opening, isReadOnly: isReadOnly)
        return isReadOnly ? Reply(.ok, .readOnly, "EXAMINE completed") : Reply(.ok, .readWrite, "SELECT completed")
    }

    private func describe(_ opening: MailboxOpening, isReadOnly: Bool) {
        let summary = opening.summary
        let flags = FlagSet.systemFlags.union(self.keywords.allFlags)
        self.output.writeFlags(flags, self.flagNames)
        self.output.writeUntagged(
            .ok,
            code: isReadOnly
                ? .permanentFlags([], self.flagNames, allowsNew: false)
                : .permanentFlags(flags, self.flagNames, allowsNew: true),
            "Flags that can be changed"
        )
        self.output.writeExists(summary.messages)
        self.output.writeRecent(summary.recent)
        if let unseen = opening.firstUnseen {
            self.output.writeUntagged(.ok, code: .unseen(UInt32(unseen)), "First unread message")
        }
        self.output.writeUntagged(.ok, code: .uidValidity(summary.uidValidity), "UIDs are valid")
        self.output.writeUntagged(.ok, code: .uidNext(summary.uidNext), "Next UID")
        self.output.writeUntagged(.ok, code: .highestModSeq(summary.highestModSeq), "Last change")
    }

    func unselect(_ tag: String) {
        self.leaveMailbox()
        self.machine.mailboxLeft()
        self.output.writeTagged(tag, .ok, "UNSELECT completed")
    }

    /// Removes what is marked as deleted, without telling, and leaves the mailbox.
    func close() async throws -> Reply {
        if let selected = self.selected, !selected.isReadOnly, !selected.live.isGone, selected.live.summary.deleted > 0
        {
            _ = try await self.service.store.expunge(uids: nil, in: selected.live.id, of: try self.account)
        }
        self.leaveMailbox()
        self.machine.mailboxLeft()
        return Reply(.ok, nil, "CLOSE completed")
    }

    /// Lets go of the selected mailbox. What this session was the first to hear of is not recent to the next one.
    func leaveMailbox() {
        self.stopWatching()
        guard let selected = self.selected else { return }
        self.selected = nil
        let summary = selected.live.summary
        guard !selected.isReadOnly, summary.recent > 0, summary.uidNext == selected.uidNextTold else { return }
        let live = selected.live
        // A failure only means that the next session sees the messages as recent once more.
        self.startTask { _ in _ = try? await live.claimRecent() }
    }
}
