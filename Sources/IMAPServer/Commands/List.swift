internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore

/// LIST and LSUB: which mailboxes there are. RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154.
extension IMAPConnection {
    func list(_ request: ListRequest) async throws -> Reply {
        if !request.isExtended, request.patterns.count == 1, request.patterns[0].text.isEmpty {
            // The question for the separator. RFC 9051 §6.3.9.
            self.output.writeList(ListResponse(attributes: [.noSelect], name: ""))
            return Reply(.ok, nil, "LIST completed")
        }
        if request.selection == [.recursiveMatch] || request.selection == [.recursiveMatch, .remote] {
            throw Reply(.bad, nil, "RECURSIVEMATCH needs another selection option")
        }
        if request.status?.contains(.highestModSeq) ?? false { self.enableCondstore() }
        let account = try self.account
        let mailboxes = try await self.service.store.mailboxes(of: account)
        let subscriptions = try await self.service.store.subscriptions(of: account)
        let isSmall = mailboxes.count + subscriptions.count <= Self.namesAtOnce
        let nodes =
            isSmall
            ? MailboxTree(mailboxes, subscriptions: subscriptions).answer(to: request)
            : await Self.answer(to: request, mailboxes, subscriptions)
        for node in nodes {
            self.output.writeList(node.response)
            if let items = request.status, let summary = node.summary, summary.isSelectable, node.isSelected {
                self.output.writeStatus(node.response.name, self.values(of: summary, items))
            }
            try await self.makeRoom()
        }
        return Reply(.ok, nil, "LIST completed")
    }

    /// So many names are looked at on the event loop itself.
    private static let namesAtOnce = 100

    /// Away from the event loop: there may be thousands of mailboxes, and patterns that are made to cost.
    @concurrent
    private nonisolated static func answer(
        to request: ListRequest,
        _ mailboxes: [MailboxSummary],
        _ subscriptions: [MailboxName]
    ) async -> [MailboxTree.Node] {
        MailboxTree(mailboxes, subscriptions: subscriptions).answer(to: request)
    }

    func lsub(reference: String, pattern: MailboxPattern) async throws -> Reply {
        let account = try self.account
        let mailboxes = try await self.service.store.mailboxes(of: account)
        let subscriptions = try await self.service.store.subscriptions(of: account)
        for response in await Self.subscribed(reference, pattern, mailboxes, subscriptions) {
            self.output.writeLsub(response)
            try await self.makeRoom()
        }
        return Reply(.ok, nil, "LSUB completed")
    }

    @concurrent
    private nonisolated static func subscribed(
        _ reference: String,
        _ pattern: MailboxPattern,
        _ mailboxes: [MailboxSummary],
        _ subscriptions: [MailboxName]
    ) async -> [ListResponse] {
        MailboxTree(mailboxes, subscriptions: subscriptions).subscribed(reference: reference, pattern: pattern)
    }
}
