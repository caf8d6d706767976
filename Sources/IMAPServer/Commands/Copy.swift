internal import Filing
internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore

/// COPY and MOVE, all or nothing. RFC 9051 §6.4.7, §6.4.8.
extension IMAPConnection {
    func copy(_ request: CopyRequest) async throws -> Reply {
        let (selected, uids, destination) = try await self.copied(request)
        guard !uids.isEmpty else { return Reply(.ok, nil, "No messages copied") }
        let result = try await self.service.store.copy(
            uids: uids,
            from: selected.live.id,
            to: destination.id,
            of: try self.account
        )
        guard !result.source.isEmpty else { throw Reply.expungeIssued }
        await self.runScript(.copy, in: destination.id, result.destination)
        return Reply(.ok, Self.code(result), "COPY completed")
    }

    /// The COPYUID of a MOVE comes before the EXPUNGEs, so that the client knows where the messages went before they
    /// go. RFC 9051 §6.4.8.
    func move(_ request: CopyRequest) async throws -> Reply {
        let (selected, uids, destination) = try await self.copied(request)
        guard !uids.isEmpty else { return Reply(.ok, nil, "No messages moved") }
        let result = try await self.service.store.move(
            uids: uids,
            from: selected.live.id,
            to: destination.id,
            of: try self.account
        )
        guard !result.source.isEmpty else { throw Reply.expungeIssued }
        self.output.writeUntagged(.ok, code: Self.code(result), "Moved")
        await self.runScript(.copy, in: destination.id, result.destination)
        return Reply(.ok, nil, "MOVE completed")
    }

    private func copied(_ request: CopyRequest) async throws -> (SelectedMailbox, [UID], MailboxSummary) {
        let (selected, view) = try await self.preparedMailbox(request.numbering)
        let selection = try MessageSelection(request.messages, request.numbering, in: view, saved: selected.savedSearch)
        if selection.touchesGhosts { throw Reply.expungeIssued }
        let destination = try await self.destination(request.mailbox)
        return (selected, selection.uids(in: view.state), destination)
    }

    private static func code(_ result: CopyResult) -> ResponseCode {
        .copyUID(result.uidValidity, source: result.source, destination: result.destination)
    }
}
