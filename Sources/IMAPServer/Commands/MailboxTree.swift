internal import IMAPWire
internal import MailStore
internal import MailTypes

/// An account's mailboxes and subscriptions by name, and what LIST and LSUB find in them.
struct MailboxTree: Sendable {
    /// One answer, with the figures for LIST-STATUS where there is a mailbox.
    struct Node: Sendable {
        var response: ListResponse
        /// It meets the selection itself, and is not told for the names below it only. RFC 5819 §2.
        var isSelected = true
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
        let matchers = request.patterns.map { MailboxMatcher($0, reference: request.reference) }
        let matches: (MailboxName) -> Bool = { name in matchers.contains { $0.matches(name.text) } }
        let selectsSubscribed = request.selection.contains(.subscribed)
        let isRecursive = request.selection.contains(.recursiveMatch)
        var candidates = Set(self.mailboxes.keys).union(self.parents)
        if selectsSubscribed { candidates.formUnion(self.subscriptions) }
        if isRecursive { candidates.formUnion(self.parentsOfSubscribed) }
        let hidden = selectsSubscribed && isRecursive ? self.parentsOfSubscriptions { !matches($0) } : []
        return candidates.filter(matches).sorted(by: Self.comesBefore).compactMap { name in
            self.node(name, request, selectsSubscribed: selectsSubscribed, hasHiddenSubscription: hidden.contains(name))
        }
    }

    private func node(
        _ name: MailboxName,
        _ request: ListRequest,
        selectsSubscribed: Bool,
        hasHiddenSubscription: Bool
    ) -> Node? {
        let summary = self.mailboxes[name]
        if request.selection.contains(.specialUse), summary?.specialUse == nil { return nil }
        let isSubscribed = self.subscriptions.contains(name)
        if selectsSubscribed, !isSubscribed, !hasHiddenSubscription { return nil }
        var response = ListResponse(attributes: self.attributes(of: name, summary), name: name.text)
        // A subscribed name tells of those below it even where they are in the answer. RFC 5258 §3.1, §5 example 9.
        let tellsOfAll = selectsSubscribed && isSubscribed && request.selection.contains(.recursiveMatch)
        response.hasSubscribedChildInfo =
            hasHiddenSubscription || tellsOfAll && self.parentsOfSubscribed.contains(name)
        if isSubscribed, selectsSubscribed || request.returns.contains(.subscribed) {
            response.attributes.insert(.subscribed)
        }
        response.specialUse = summary?.specialUse
        return Node(response: response, isSelected: isSubscribed || !selectsSubscribed, summary: summary)
    }

    /// Names that have a subscribed name below them which is not in the answer itself. RFC 5258 §3.5.
    private func parentsOfSubscriptions(where isHidden: (MailboxName) -> Bool) -> Set<MailboxName> {
        var parents: Set<MailboxName> = []
        for name in self.subscriptions where isHidden(name) { parents.formUnion(name.ancestors) }
        return parents
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

    // MARK: - LSUB

    /// What LSUB answers: subscribed names that match, and with `%` the parents of those deeper down as `\NoSelect`.
    /// RFC 3501 §6.3.9.
    func subscribed(reference: String, pattern: MailboxPattern) -> [ListResponse] {
        var names = self.subscriptions
        if pattern.text.contains("%") { names.formUnion(self.parentsOfSubscribed) }
        let matcher = MailboxMatcher(pattern, reference: reference)
        let found = names.filter { matcher.matches($0.text) }
        return found.sorted(by: Self.comesBefore).map { name in
            ListResponse(attributes: self.subscriptions.contains(name) ? [] : [.noSelect], name: name.text)
        }
    }

    private static func comesBefore(_ left: MailboxName, _ right: MailboxName) -> Bool {
        left.isInbox || right.isInbox ? left.isInbox && !right.isInbox : left < right
    }
}
