internal import IMAPWire
internal import MailStore
internal import MailTypes

/// An account's mailboxes and subscriptions by name, and what LIST and LSUB find in them.
struct MailboxTree {
    /// One answer, with the figures for LIST-STATUS where there is a mailbox.
    struct Node {
        var response: ListResponse
        var summary: MailboxSummary?
    }

    private var mailboxes: [MailboxName: MailboxSummary] = [:]
    private let subscriptions: Set<MailboxName>
    /// Names that have a mailbox below them.
    private var parents: Set<MailboxName> = []
    /// Names that have a subscribed name below them.
    private var parentsOfSubscribed: Set<MailboxName> = []

    init(_ mailboxes: [MailboxSummary], subscriptions: [MailboxName]) {
        self.subscriptions = Set(subscriptions)
        for mailbox in mailboxes {
            self.mailboxes[mailbox.name] = mailbox
            self.parents.formUnion(mailbox.name.ancestors)
        }
        for name in subscriptions { self.parentsOfSubscribed.formUnion(name.ancestors) }
    }

    // MARK: - LIST

    /// What LIST answers, in order of names, INBOX first.
    func answer(to request: ListRequest) -> [Node] {
        let selectsSubscribed = request.selection.contains(.subscribed)
        let isRecursive = request.selection.contains(.recursiveMatch)
        var candidates = Set(self.mailboxes.keys).union(self.parents)
        if selectsSubscribed { candidates.formUnion(self.subscriptions) }
        if isRecursive { candidates.formUnion(self.parentsOfSubscribed) }
        return candidates.filter { Self.matches($0, request) }.sorted(by: Self.comesBefore).compactMap { name in
            self.node(name, request, selectsSubscribed: selectsSubscribed, isRecursive: isRecursive)
        }
    }

    private func node(
        _ name: MailboxName,
        _ request: ListRequest,
        selectsSubscribed: Bool,
        isRecursive: Bool
    ) -> Node? {
        let summary = self.mailboxes[name]
        if request.selection.contains(.specialUse), summary?.specialUse == nil { return nil }
        let isSubscribed = self.subscriptions.contains(name)
        let hasInfo = selectsSubscribed && isRecursive && self.hasHiddenSubscription(below: name, request)
        if selectsSubscribed, !isSubscribed, !hasInfo { return nil }
        var response = ListResponse(attributes: self.attributes(of: name, summary), name: name.text)
        response.hasSubscribedChildInfo = hasInfo
        if isSubscribed, selectsSubscribed || request.returns.contains(.subscribed) {
            response.attributes.insert(.subscribed)
        }
        response.specialUse = summary?.specialUse
        return Node(response: response, summary: summary)
    }

    /// Whether a subscribed name below `name` is not in the answer itself. RFC 5258 §3.5.
    private func hasHiddenSubscription(below name: MailboxName, _ request: ListRequest) -> Bool {
        guard self.parentsOfSubscribed.contains(name) else { return false }
        return self.subscriptions.contains { $0.isBelow(name) && !Self.matches($0, request) }
    }

    private func attributes(of name: MailboxName, _ summary: MailboxSummary?) -> ListResponse.Attributes {
        var attributes: ListResponse.Attributes = self.parents.contains(name) ? .hasChildren : .hasNoChildren
        if let summary {
            if !summary.isSelectable { attributes.insert(.noSelect) }
        } else if self.parents.contains(name) {
            attributes.insert(.noSelect)
        } else {
            attributes.insert(.nonExistent)
        }
        return attributes
    }

    private static func matches(_ name: MailboxName, _ request: ListRequest) -> Bool {
        request.patterns.contains { $0.matches(name.text, reference: request.reference) }
    }

    // MARK: - LSUB

    /// What LSUB answers: subscribed names that match, and with `%` the parents of those deeper down as `\NoSelect`.
    /// RFC 3501 §6.3.9.
    func subscribed(reference: String, pattern: MailboxPattern) -> [ListResponse] {
        var names = self.subscriptions
        if pattern.text.contains("%") { names.formUnion(self.parentsOfSubscribed) }
        let found = names.filter { pattern.matches($0.text, reference: reference) }
        return found.sorted(by: Self.comesBefore).map { name in
            ListResponse(attributes: self.subscriptions.contains(name) ? [] : [.noSelect], name: name.text)
        }
    }

    private static func comesBefore(_ left: MailboxName, _ right: MailboxName) -> Bool {
        left.isInbox || right.isInbox ? left.isInbox && !right.isInbox : left < right
    }
}
