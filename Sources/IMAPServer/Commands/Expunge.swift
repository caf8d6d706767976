internal import IMAPWire
internal import MailStore
internal import MailTypes

/// EXPUNGE and UID EXPUNGE: messages marked as deleted go for good. RFC 9051 §6.4.3, §6.4.9.
extension IMAPConnection {
    /// - Parameter messages: UIDs to which the command is limited; `nil` means all.
    func expunge(_ messages: MessageSet? = nil) async throws -> Reply {
        var uids: [UID]?
        let selected: SelectedMailbox
        if let messages {
            let prepared = try await self.preparedMailbox(.uid)
            selected = prepared.0
            let selection = try MessageSelection(messages, .uid, in: prepared.1, saved: selected.savedSearch)
            uids = selection.uids(in: prepared.1.state) { $0.flags.contains(.deleted) }
        } else {
            guard let open = self.selected else { throw Reply(.needsMailbox) }
            if open.live.isGone { throw Reply.mailboxIsGone }
            selected = open
        }
        let isNothing = uids?.isEmpty ?? (selected.live.summary.deleted == 0)
        if !isNothing {
            _ = try await self.service.store.expunge(uids: uids, in: selected.live.id, of: try self.account)
        }
        // The EXPUNGE responses come with the news, and in the end the change point the client may have. RFC 7162
        // §3.2.8.
        await self.tellNews(Telling(includesUID: messages != nil))
        let code: ResponseCode? =
            self.isCondstoreEnabled && !isNothing ? .highestModSeq(selected.highestModSeqTold) : nil
        return Reply(.ok, code, "EXPUNGE completed")
    }
}
