package import MailStore
package import MailTypes
internal import NIOCore
package import SieveLanguage
internal import Storage

/// Runs a script on messages that are stored already, and changes the mailbox as it says.
///
///     page of the mailbox ─► script, a message at a time, each on one moment ─► Refiling ─► one transaction
///
/// Invariants:
/// 1. Keeping leaves a message where it is, with the flags the script gave it. What the script wants elsewhere is
///    moved or copied there; what it discards is dealt with as ``discarding`` says.
/// 2. Nothing is sent: what a script wants to redirect, refuse, answer or announce was so when the message came. It is
///    reported, and where nothing else was to become of the message it stays.
/// 3. A message is done or not done, whatever happens in between. One that changes while the script looks at it is
///    looked at once more.
package struct StoredFiling: Sendable {
    /// What becomes of messages that the script discards.
    package enum Discarding: String, Codable, Sendable, CaseIterable {
        /// They stay, and are reported.
        case keep
        /// They are moved to the account's mailbox for `\Trash`.
        case trash
        /// They are removed for good.
        case expunge
    }

    /// Whose mailbox it is.
    package struct Owner: Sendable {
        package var account: AccountID
        /// The account's full name, `alice@example.org`.
        package var name: String
        /// All at which the account receives mail.
        package var addresses: [String]

        package init(account: AccountID, name: String, addresses: [String]) {
            self.account = account
            self.name = name
            self.addresses = addresses
        }
    }

    /// Messages of one page.
    static let messagesMax = 200
    /// Octets of changed messages at which a page ends; they are held in memory until it is stored.
    static let octetsMax = 32 << 20
    /// How often a message that changes meanwhile is looked at.
    private static let triesMax = 3

    let program: SieveProgram
    let options: FilingOptions
    let owner: Owner
    let store: MailStore
    let clock: any WallClock
    package var discarding = Discarding.keep
    /// The change of a mailbox on whose occasion the script runs; `nil` when it was started by hand.
    var event: EventOccasion?
    /// Whether it is only found out what would be done.
    package var isRehearsal = false
    private let scripts = ScriptCache()

    package init(
        _ program: SieveProgram,
        of owner: Owner,
        store: MailStore,
        options: FilingOptions,
        clock: any WallClock
    ) {
        self.program = program
        self.owner = owner
        self.store = store
        self.options = options
        self.clock = clock
    }

    /// Works on the next page of the mailbox.
    ///
    /// - Parameters:
    ///   - uid: messages up to it are passed over, as those with `\Deleted` are.
    ///   - last: the highest one to be looked at. Messages that replace others come behind it.
    /// - Returns: a report a message, and the UID after which to go on; `nil` when nothing is left.
    package func runPage(
        of mailbox: MailboxID,
        after uid: UID,
        through last: UID
    ) async throws -> (reports: [RefiledMessage], next: UID?) {
        let account = self.owner.account
        let page = try await self.store.read(of: account) { reader in
            try reader.placements(in: mailbox, after: uid, through: last, limit: Self.messagesMax)
        }
        guard let end = page.last?.uid else { return ([], nil) }
        var judgements: [StoredJudgement] = []
        var octets = 0
        for entry in page {
            let judgement = try await self.judge(entry.uid, in: mailbox)
            octets += judgement.contents.reduce(0) { $0 + $1.content.octets }
            judgements.append(judgement)
            if octets >= Self.octetsMax { break }
        }
        let reached = page[judgements.count - 1].uid
        let reports = try await self.carryOut(judgements, in: mailbox).map(\.report)
        let isLast = reached == last || reached == end && page.count < Self.messagesMax
        return (reports, isLast ? nil : reached)
    }

    /// Works on these messages, a page after the other.
    ///
    /// - Returns: why the script failed on the first message on which it did.
    func run(on uids: [UID], in mailbox: MailboxID) async throws -> ScriptFailure? {
        var failure: ScriptFailure?
        var next = uids[...]
        while !next.isEmpty {
            var judgements: [StoredJudgement] = []
            var octets = 0
            while let uid = next.first, judgements.count < Self.messagesMax, octets < Self.octetsMax {
                let judgement = try await self.judge(uid, in: mailbox)
                octets += judgement.contents.reduce(0) { $0 + $1.content.octets }
                judgements.append(judgement)
                next.removeFirst()
            }
            let done = try await self.carryOut(judgements, in: mailbox)
            failure = failure ?? done.lazy.compactMap(\.failure).first
        }
        return failure
    }

    private func judge(_ uid: UID, in mailbox: MailboxID) async throws -> StoredJudgement {
        try await self.store.read(of: self.owner.account) { reader in
            try self.judgement(of: uid, in: mailbox, reader)
        }
    }

    private func carryOut(_ judgements: [StoredJudgement], in mailbox: MailboxID) async throws -> [StoredJudgement] {
        guard !self.isRehearsal else { return judgements }
        var judgements = judgements
        var waiting = judgements.indices.filter { judgements[$0].refiling != nil }
        for attempt in 1...Self.triesMax where !waiting.isEmpty {
            let outcomes = try await self.refile(waiting.map { judgements[$0] }, in: mailbox)
            var changed: [Int] = []
            for (index, outcome) in zip(waiting, outcomes) {
                guard outcome == .changed, attempt < Self.triesMax else {
                    judgements[index].report.settle(outcome)
                    continue
                }
                judgements[index] = try await self.judge(judgements[index].uid, in: mailbox)
                if judgements[index].refiling != nil { changed.append(index) }
            }
            waiting = changed
        }
        self.event?.note(judgements)
        return judgements
    }

    private func refile(_ judgements: [StoredJudgement], in mailbox: MailboxID) async throws -> [RefilingOutcome] {
        var refilings: [Refiling] = []
        var contents: [NewMessage] = []
        for judgement in judgements {
            guard let refiling = judgement.refiling else { continue }
            refilings.append(refiling.renumbered(from: contents.count))
            contents += judgement.contents
        }
        return try await self.store.refile(refilings, contents: contents, in: mailbox, of: self.owner.account)
    }

    // MARK: - One message

    /// What the script wants done with a message; on a reader of its account.
    private func judgement(of uid: UID, in mailbox: MailboxID, _ reader: MessageReader) throws -> StoredJudgement {
        guard let name = try reader.mailboxName(mailbox, of: self.owner.account),
            let entry = try reader.placements(
                in: mailbox,
                after: UID(rawValue: uid.rawValue - 1),
                through: uid,
                limit: 1
            ).first, let content = try reader.content(entry.message)
        else { return StoredJudgement(uid, state: .gone) }
        guard self.event != nil || !entry.flags.contains(.deleted) else { return StoredJudgement(uid, state: .deleted) }
        let message = try MessageBytes.read(content)
        let now = self.clock.now
        let keywords = try reader.keywords(of: self.owner.account)
        var occasion = ScriptOccasion(
            account: self.owner.account,
            name: self.owner.name,
            options: self.options,
            scripts: self.scripts,
            edition: 0,
            message: message,
            isStored: true
        )
        if let event { occasion.items = event.items(of: uid, in: name, keywords) }
        let world = AccountWorld(occasion, reader, now: now)
        var situation = SieveSituation(
            envelope: StoredEnvelope.envelope(
                of: message,
                owner: self.owner,
                separators: self.options.settings.detailSeparators
            ),
            now: now,
            zoneMinutes: LocalZone.minutes(at: now),
            ownerAddresses: [self.owner.name] + self.owner.addresses
        )
        situation.flags = entry.flags.names(keywords)
        situation.isMailboxEvent = self.event != nil
        let result = self.program.run(on: SieveMessage(message), situation: situation, world: world)
        if let failure = world.failure { throw failure }
        let internalDate = try reader.withMessage(entry.message) { $0.internalDate } ?? now
        let place = StoredPlace(mailbox: name, account: self.owner.account, entry: entry, internalDate: internalDate)
        var planner = StoredPlanner(
            place: place,
            message: message,
            flags: situation.flags,
            result: result,
            discarding: self.discarding,
            reader: reader
        )
        planner.event = self.event
        return try planner.judgement()
    }
}

extension FlagSet {
    /// As scripts name them.
    func names(_ keywords: KeywordTable) -> [String] {
        let system: [(FlagSet, String)] = [
            (.seen, "\\Seen"), (.answered, "\\Answered"), (.flagged, "\\Flagged"), (.deleted, "\\Deleted"),
            (.draft, "\\Draft"),
        ]
        return system.filter { self.contains($0.0) }.map(\.1) + keywords.names(of: self)
    }
}

extension Refiling {
    /// The same where its contents stand behind `count` others.
    fileprivate func renumbered(from count: Int) -> Refiling {
        var refiling = self
        for index in refiling.copies.indices where refiling.copies[index].content > 0 {
            refiling.copies[index].content += count
        }
        for index in refiling.outgoing.indices { refiling.outgoing[index].content += count }
        if case .replaced(let content, let flags, let keywords) = self.stay {
            refiling.stay = .replaced(content: content + count, flags, keywords: keywords)
        }
        return refiling
    }
}
