internal import MailTypes
internal import Storage

/// Carries out ``Refiling``s of one mailbox inside a transaction: decides on each message first, then changes each
/// mailbox once, so that sessions are told of a batch and not of every message.
struct RefilingWork {
    let source: MailboxID
    let account: AccountID
    let contents: [AppendWork.Message]
    let savedAt: Instant
    /// How often each of ``contents`` is used; one that is not has no row.
    private(set) var uses: [Int]

    private var keywords: Keywords
    private var added: [(mailbox: MailboxID, entries: [MailboxState.Entry])] = []
    private var flags: [UID: FlagSet] = [:]
    private var removed: [MailboxState.Entry] = []
    private var outgoing: [NewOutgoingMessage] = []
    /// What the account will use more, or less.
    private var octets = 0
    private var messages = 0

    /// What one message adds, before it is known whether there is room.
    private struct Addition {
        var content: Int
        var mailbox: MailboxID
        var flags: FlagSet
    }

    init(source: MailboxID, account: AccountID, contents: [AppendWork.Message], savedAt: Instant) {
        self.source = source
        self.account = account
        self.contents = contents
        self.savedAt = savedAt
        self.uses = Array(repeating: 0, count: contents.count)
        self.keywords = Keywords(account: account)
    }

    // MARK: - Deciding

    mutating func decide(_ refiling: Refiling, _ database: Database) throws -> RefilingOutcome {
        _ = try MailboxRow.require(self.source, of: self.account, in: database)
        guard let entry = try Placements.find([refiling.uid], in: self.source, database).first else { return .gone }
        guard entry.modSeq == refiling.modSeq else { return .changed }
        var stay = refiling.stay
        var missing: [MailboxName] = []
        var additions: [Addition] = []
        for copy in refiling.copies {
            let flags = copy.flags.union(try self.keywords.keptFlags(for: copy.keywords, database))
            if copy.isBeside {
                // The message stays what it is, wherever this goes.
                guard let place = try self.mailbox(for: copy, database) ?? self.inbox(database) else { continue }
                Self.add(Addition(content: copy.content, mailbox: place, flags: flags), to: &additions)
                continue
            }
            let mailbox = try self.mailbox(for: copy, database)
            if let mailbox, mailbox != self.source {
                Self.add(Addition(content: copy.content, mailbox: mailbox, flags: flags), to: &additions)
                continue
            }
            if mailbox == nil { missing.append(copy.mailbox) }
            guard case .nothing = stay else { continue }
            stay =
                copy.content == 0
                ? .withFlags(copy.flags, keywords: copy.keywords)
                : .replaced(content: copy.content, copy.flags, keywords: copy.keywords)
        }
        guard try self.take(entry, stay, additions, database) else { return .overQuota }
        for outgoing in refiling.outgoing where outgoing.content > 0 {
            self.uses[outgoing.content - 1] += 1
            self.outgoing.append(outgoing)
        }
        return missing.isEmpty ? .done : .doneWithout(missing)
    }

    /// Two of one content in one mailbox become one.
    private static func add(_ addition: Addition, to additions: inout [Addition]) {
        let same = additions.firstIndex { $0.mailbox == addition.mailbox && $0.content == addition.content }
        if let same { additions[same].flags.formUnion(addition.flags) } else { additions.append(addition) }
    }

    private func mailbox(for copy: FiledCopy, _ database: Database) throws -> MailboxID? {
        let work = FiledMailbox(account: self.account, now: self.savedAt, database: database)
        return try work.find(copy)?.id
    }

    private func inbox(_ database: Database) throws -> MailboxID? {
        try MailboxRow.find(.inbox, of: self.account, in: database)?.id
    }

    /// Notes what is to be done with a message.
    ///
    /// - Returns: whether there is room for it.
    private mutating func take(
        _ entry: MailboxState.Entry,
        _ stay: Refiling.Stay,
        _ additions: [Addition],
        _ database: Database
    ) throws -> Bool {
        var additions = additions
        var flags: FlagSet?
        var leaves = false
        switch stay {
        case .unchanged: break
        case .withFlags(let system, let names):
            flags = system.union(try self.keywords.keptFlags(for: names, database))
        case .replaced(let content, let system, let names):
            let flags = system.union(try self.keywords.keptFlags(for: names, database))
            additions.append(Addition(content: content, mailbox: self.source, flags: flags))
            leaves = true
        case .nothing: leaves = true
        }
        let octets = additions.reduce(0) { $0 + self.octets(of: $1.content, entry) } - (leaves ? Int(entry.octets) : 0)
        let messages = additions.count - (leaves ? 1 : 0)
        if octets > 0 || messages > 0 {
            guard let row = try AccountRow.find(self.account, in: database) else { throw MailStoreError.gone }
            guard row.hasRoom(octets: self.octets + octets, messages: max(1, self.messages + messages)) else {
                return false
            }
        }
        self.octets += octets
        self.messages += messages
        if let flags, flags != entry.flags { self.flags[entry.uid] = flags }
        if leaves { self.removed.append(entry) }
        for addition in additions { self.add(addition, of: entry) }
        try self.count(additions.count { $0.content == 0 }, leaves: leaves, of: entry.message, database)
        return true
    }

    private func octets(of content: Int, _ entry: MailboxState.Entry) -> Int {
        content == 0 ? Int(entry.octets) : self.contents[content - 1].prepared.octets
    }

    private mutating func add(_ addition: Addition, of entry: MailboxState.Entry) {
        var new = entry
        new.flags = addition.flags
        if addition.content > 0 {
            new.message = self.contents[addition.content - 1].id
            new.octets = UInt32(self.octets(of: addition.content, entry))
            self.uses[addition.content - 1] += 1
        }
        if let known = self.added.firstIndex(where: { $0.mailbox == addition.mailbox }) {
            self.added[known].entries.append(new)
        } else {
            self.added.append((addition.mailbox, [new]))
        }
    }

    /// In how many mailboxes the stored message is from now on.
    private func count(
        _ copies: Int,
        leaves: Bool,
        of message: StoredMessageID,
        _ database: Database
    ) throws {
        if leaves, copies == 0 { return try References.remove(message, database) }
        for _ in 0..<(leaves ? copies - 1 : copies) { try References.add(message, database) }
    }

    // MARK: - Carrying out

    /// What comes is told before what goes, so that a message is never nowhere.
    func carryOut(_ database: Database, _ effects: inout Effects) throws {
        for (content, uses) in zip(self.contents, self.uses) where uses > 0 {
            try content.prepared.insert(content.id, body: content.body, internalDate: content.internalDate, database)
            try References.set(content.id, count: uses, database)
        }
        for outgoing in self.outgoing {
            let message = self.contents[outgoing.content - 1].id
            try OutgoingRows.insert(outgoing, message, of: self.account, at: self.savedAt, database)
            effects.leavesOutgoing = true
        }
        if !self.added.isEmpty || self.octets != 0 || self.messages != 0 {
            let placing = try AccountRow.advance(
                self.account,
                octets: self.octets,
                messages: self.messages,
                in: database
            )
            for (mailbox, entries) in self.added { try self.place(entries, in: mailbox, placing, database, &effects) }
        }
        try self.setFlags(database, &effects)
        if !self.removed.isEmpty {
            let removing = try AccountRow.advance(self.account, in: database)
            var row = try MailboxRow.require(self.source, of: self.account, in: database)
            let removed = self.removed.sorted { $0.uid < $1.uid }
            try Expunging.remove(removed, from: &row, removing, database, &effects)
            effects.leavesLitter = true
        }
        self.keywords.note(in: &effects)
    }

    private func place(
        _ entries: [MailboxState.Entry],
        in mailbox: MailboxID,
        _ accountRow: AccountRow,
        _ database: Database,
        _ effects: inout Effects
    ) throws {
        var row = try MailboxRow.require(mailbox, of: self.account, in: database)
        var uid = try row.takeUIDs(entries.count)
        var placed = entries
        for index in placed.indices {
            placed[index].uid = uid
            placed[index].modSeq = accountRow.modSeq
            row.counters.add(placed[index])
            uid.rawValue += 1
        }
        try Placements.append(placed, to: mailbox, savedAt: self.savedAt, database)
        row.counters.highestModSeq = accountRow.modSeq
        try row.save(in: database)
        effects.note(.added(placed), row, accountRow)
    }

    private func setFlags(_ database: Database, _ effects: inout Effects) throws {
        guard !self.flags.isEmpty else { return }
        let accountRow = try AccountRow.advance(self.account, in: database)
        var row = try MailboxRow.require(self.source, of: self.account, in: database)
        var changed: [(uid: UID, flags: FlagSet)] = []
        let uids = self.flags.keys.sorted()
        try Placements.setFlags(of: uids, in: self.source, modSeq: accountRow.modSeq, database) { entry in
            guard let flags = self.flags[entry.uid] else { return nil }
            row.counters.change(entry, to: flags)
            changed.append((entry.uid, flags))
            return flags
        }
        row.counters.highestModSeq = accountRow.modSeq
        try row.save(in: database)
        effects.note(.flags(changed), row, accountRow)
    }
}
