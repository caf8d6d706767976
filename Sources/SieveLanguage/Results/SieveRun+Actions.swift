/// Planning actions: duplicates are joined, contradictions are errors, bounds are kept. RFC 5228 §2.10.
extension SieveRun {
    /// Plans an action.
    ///
    /// - Parameter cancelsImplicitKeep: whether the message counts as dealt with.
    func plan(_ action: SieveAction, cancelsImplicitKeep: Bool) throws(SieveRunError) {
        self.trace { "plan \(action.summary)" }
        if let refusal = IMAPSieveExtension.refusal(of: action, in: self.situation) {
            throw self.error(.conflict, refusal)
        }
        if cancelsImplicitKeep { self.isImplicitKeepCancelled = true }
        try self.checkConflicts(of: action)
        if self.joins(action) { return }
        guard self.result.actions.count < self.limits.actionsMax else {
            throw self.error(.limit, "the total number of actions exceeds policy limit (\(self.limits.actionsMax))")
        }
        try self.checkCount(of: action)
        self.result.actions.append(
            SievePlannedAction(action: action, edition: self.currentEdition(), position: self.position)
        )
    }

    private func checkCount(of action: SieveAction) throws(SieveRunError) {
        let (max, what): (Int, String)
        switch action {
        case .redirect: (max, what) = (self.limits.redirectsMax, "redirect")
        case .notify: (max, what) = (self.limits.notificationsMax, "notify")
        default: return
        }
        let count = self.result.actions.count { $0.action.name == action.name }
        guard count < max else {
            throw self.error(.limit, "the number of \(what) actions exceeds policy limit (\(max))")
        }
    }

    // MARK: - Conflicts

    /// A refused message may not be delivered or answered too; what earlier scripts did stands without complaint.
    /// RFC 5429 §2.2; RFC 5230 §4.7.
    private func checkConflicts(of action: SieveAction) throws(SieveRunError) {
        for planned in self.result.actions where !planned.isSettled {
            switch (action, planned.action) {
            case (.reject, .reject):
                throw self.error(.conflict, "the message is rejected twice")
            case (.reject, _) where planned.action.isDelivery:
                throw self.conflict(action, planned.action)
            case (_, .reject) where action.isDelivery:
                throw self.conflict(action, planned.action)
            case (.reject, .vacation), (.vacation, .reject):
                throw self.conflict(action, planned.action)
            case (.vacation, .vacation):
                throw self.error(.conflict, "vacation is used twice")
            default:
                continue
            }
        }
    }

    private func conflict(_ action: SieveAction, _ planned: SieveAction) -> SieveRunError {
        self.error(.conflict, "the \(action.name) action conflicts with the \(planned.name) action before it")
    }

    // MARK: - Duplicates

    /// Joins the action with one already planned, where doing both would do the same twice. RFC 5228 §2.10.3.
    private func joins(_ action: SieveAction) -> Bool {
        for index in self.result.actions.indices {
            let planned = self.result.actions[index]
            switch (action, planned.action) {
            case (.keep(let new), .keep(let old)):
                self.join(SieveKeep(flags: new.flags ?? old.flags), at: index)
                return true
            case (.keep(let new), .fileInto(let old)) where SieveMailboxName.isInbox(old.mailbox):
                self.join(SieveKeep(flags: new.flags ?? old.flags), at: index)
                return true
            case (.fileInto(let new), .keep(let old)) where SieveMailboxName.isInbox(new.mailbox):
                self.join(SieveKeep(flags: new.flags ?? old.flags), at: index)
                return true
            case (.fileInto(let new), .fileInto(var old)) where SieveMailboxName.isSame(new.mailbox, old.mailbox):
                old.flags = new.flags ?? old.flags
                old.createsMailbox = old.createsMailbox || new.createsMailbox
                self.result.actions[index].action = .fileInto(old)
                return true
            case (.redirect(let new), .redirect(let old)) where new.address.lowercased() == old.address.lowercased():
                return true
            case (.reject, .reject), (.reject, .vacation), (.vacation, .vacation), (.vacation, .reject):
                // Only a settled one gets here: the sender has his answer already.
                return planned.isSettled
            case (.reject, _) where planned.action.isDelivery && planned.isSettled:
                continue
            case (.notify(let new), .notify(let old)) where new.isSame(as: old):
                return true
            default:
                continue
            }
        }
        return false
    }

    private func join(_ keep: SieveKeep, at index: Int) {
        self.result.actions[index].action = .keep(keep)
    }
}
