internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore

/// CREATE, DELETE, RENAME, SUBSCRIBE and UNSUBSCRIBE. RFC 9051 §6.3.4 to §6.3.8, RFC 6154 §3.
extension IMAPConnection {
    func create(_ request: CreateRequest) async throws -> Reply {
        let use = try Self.use(request.uses, namesUnknown: request.namesUnknownUse)
        let name = try self.name(request.mailbox)
        _ = try await self.service.store.create(name, specialUse: use, of: try self.account)
        return Reply(.ok, nil, "CREATE completed")
    }

    /// The one use that a mailbox may be given of those a client names; `nil` for none.
    static func use(_ uses: [SpecialUse], namesUnknown: Bool) throws(Reply) -> SpecialUse? {
        if namesUnknown { throw .unknownUse }
        guard uses.count <= 1 else { throw .tooManyUses }
        // These would be searches and no mailboxes of their own.
        if uses == [.all] || uses == [.flagged] { throw .unsupportedUse }
        return uses.first
    }

    func delete(_ mailbox: WireMailbox) async throws -> Reply {
        let name = try self.name(mailbox)
        if name == .inbox { throw Reply.inboxStays }
        try await self.service.store.delete(name, of: try self.account)
        if let selected = self.selected, selected.live.isGone {
            self.leaveMailbox()
            self.machine.mailboxLeft()
        }
        return Reply(.ok, nil, "DELETE completed")
    }

    func rename(from: WireMailbox, to: WireMailbox) async throws -> Reply {
        try await self.service.store.rename(try self.name(from), to: try self.name(to), of: try self.account)
        return Reply(.ok, nil, "RENAME completed")
    }

    /// A name may be subscribed to before there is such a mailbox. RFC 9051 §6.3.7.
    func subscribe(_ mailbox: WireMailbox) async throws -> Reply {
        try await self.service.store.subscribe(try self.name(mailbox), of: try self.account)
        return Reply(.ok, nil, "SUBSCRIBE completed")
    }

    func unsubscribe(_ mailbox: WireMailbox) async throws -> Reply {
        try await self.service.store.unsubscribe(try self.name(mailbox), of: try self.account)
        return Reply(.ok, nil, "UNSUBSCRIBE completed")
    }

    // MARK: - Names

    func name(_ mailbox: WireMailbox) throws(Reply) -> MailboxName {
        guard let name = MailboxName(mailbox.name) else { throw .invalidName }
        return name
    }

    /// A mailbox that holds messages; a name that cannot be one is simply not there.
    func summary(of mailbox: WireMailbox) async throws -> MailboxSummary {
        let summary = try await self.anyName(mailbox)
        guard summary.isSelectable else { throw Reply.notSelectable }
        return summary
    }

    /// A mailbox that messages are to be put into; where there is none, CREATE would help, unless there never can be
    /// one. RFC 3501 §6.3.11, §6.4.7, RFC 9051 §7.1.
    func destination(_ mailbox: WireMailbox) async throws -> MailboxSummary {
        let name = try self.name(mailbox)
        guard let summary = try await self.service.store.mailbox(named: name, of: try self.account) else {
            throw Reply.tryCreate
        }
        guard summary.isSelectable else { throw Reply.tryCreateNotSelectable }
        return summary
    }

    /// A mailbox, or a name that only holds others.
    func anyName(_ mailbox: WireMailbox) async throws -> MailboxSummary {
        guard let name = MailboxName(mailbox.name),
            let summary = try await self.service.store.mailbox(named: name, of: try self.account)
        else { throw Reply.noSuchMailbox }
        return summary
    }
}
