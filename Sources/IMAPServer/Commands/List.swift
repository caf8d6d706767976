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
        let tree = MailboxTree(mailboxes, subscriptions: subscriptions)
        for node in tree.answer(to: request) {
            self.output.writeList(node.response)
            if let items = request.status, let summary = node.summary, summary.isSelectable {
                self.output.writeStatus(node.response.name, self.values(of: summary, items))
            }
        }
        return Reply(.ok, nil, "LIST completed")
    }

    func lsub(reference: String, pattern: MailboxPattern) async throws -> Reply {
        let account = try self.account
        let mailboxes = try await self.service.store.mailboxes(of: account)
        let subscriptions = try await self.service.store.subscriptions(of: account)
        let tree = MailboxTree(mailboxes, subscriptions: subscriptions)
        for response in tree.subscribed(reference: reference, pattern: pattern) { self.output.writeLsub(response) }
        return Reply(.ok, nil, "LSUB completed")
    }
}
