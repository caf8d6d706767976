internal import Directory
internal import MailQueue
internal import MailTypes
internal import SMTPWire
internal import Telemetry
internal import Trace

/// Sorts a message's recipients by where they go: a mailbox here, a next hop, or nowhere.
struct DeliveryRouter: Sendable {
    let local: LocalMailboxes
    let routes: RouteTable

    /// Where the recipients of one message go.
    struct Plan {
        var local: [LocalDeliverer.Target] = []
        var relayed: [(hop: NextHop, recipients: [QueuedRecipient])] = []
        /// An alias leads to several, or elsewhere: each gets a record of its own before it is attempted.
        var expanded: [(ordinal: Int, targets: [ExpandedRecipient])] = []
        var failed: [AttemptOutcome] = []
    }

    func plan(_ item: QueueItem) -> Plan {
        var plan = Plan()
        for recipient in item.recipients { self.place(recipient, in: &plan) }
        return plan
    }

    /// What stands for the mailboxes here, all together.
    private static let mailboxes = QueueDestination("mailboxes")

    /// Where a recipient goes, for the share of the queue's memory it counts against. `nil` when it goes nowhere, or to
    /// several places, which is dealt with at once.
    func destination(of recipient: QueuedRecipient) -> QueueDestination? {
        if recipient.account != nil { return Self.mailboxes }
        switch self.local.resolve(recipient.path) {
        case .local(let targets, let remote): return targets.count == 1 && remote.isEmpty ? Self.mailboxes : nil
        case .unknownUser, .suspended: return nil
        case .notLocal:
            guard case .address(let address) = recipient.path, case .relay(let hop) = self.routes.decide(address)
            else { return nil }
            return QueueDestination(hop)
        }
    }

    private func place(_ recipient: QueuedRecipient, in plan: inout Plan) {
        if let account = recipient.account {
            let name = self.local.name(account)
            plan.local.append(.init(recipient: recipient, account: account, name: name, detail: recipient.detail))
            return
        }
        switch self.local.resolve(recipient.path) {
        case .local(let targets, let remote):
            if targets.count == 1, remote.isEmpty {
                let (account, name, detail) = (targets[0].account, targets[0].name, targets[0].detail)
                plan.local.append(.init(recipient: recipient, account: account, name: name, detail: detail))
            } else {
                plan.expanded.append((recipient.ordinal, Self.expand(recipient, targets, remote)))
            }
        case .unknownUser:
            plan.failed.append(AttemptOutcome(recipient, .failed, SMTPReply(550, "5.1.1", "No such user here")))
        case .suspended:
            let reply = SMTPReply(450, "4.2.1", "Mailbox takes no mail at present")
            plan.failed.append(AttemptOutcome(recipient, .failed, reply))
        case .notLocal:
            self.route(recipient, in: &plan)
        }
    }

    private func route(_ recipient: QueuedRecipient, in plan: inout Plan) {
        guard case .address(let address) = recipient.path else {
            // A bare postmaster is always somebody here, unless no domain is configured at all.
            let reply = SMTPReply(450, "4.1.1", "There is no postmaster yet")
            plan.failed.append(AttemptOutcome(recipient, .failed, reply))
            return
        }
        switch self.routes.decide(address) {
        case .relay(let hop):
            if let index = plan.relayed.firstIndex(where: { $0.hop == hop }) {
                plan.relayed[index].recipients.append(recipient)
            } else {
                plan.relayed.append((hop, [recipient]))
            }
        case .noRoute(.bounce):
            let reply = SMTPReply(550, "5.4.4", "There is no route to this domain")
            plan.failed.append(AttemptOutcome(recipient, .failed, reply))
        case .noRoute(.wait):
            let reply = SMTPReply(450, "4.4.4", "There is no route to this domain yet")
            plan.failed.append(AttemptOutcome(recipient, .failed, reply))
        }
    }

    private static func expand(
        _ recipient: QueuedRecipient,
        _ targets: [LocalTarget],
        _ remote: [EmailAddress]
    ) -> [ExpandedRecipient] {
        // The path stays what the sender wrote, so that notices never tell where an alias leads.
        let named = OriginalRecipient.parameter(for: recipient.path)
        return targets.map { ExpandedRecipient(path: recipient.path, account: $0.account, detail: $0.detail) }
            + remote.map { ExpandedRecipient(path: .address($0), originalRecipient: named) }
    }
}
