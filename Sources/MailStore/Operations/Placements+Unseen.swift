internal import MailTypes
internal import Storage

extension Placements {
    /// The number of the first message without `\Seen`, by counters that were read at the same moment; `nil` when there
    /// is none.
    ///
    /// What is unread lies at the end of most mailboxes and at the beginning of those that nobody reads. So blocks are
    /// looked at from both ends in turn: from the front the first unread message is the answer, from the back the one
    /// with which all that are counted have been found.
    ///
    /// - Complexity: twice the blocks from the answer to the nearer end: all of them when it stands in the middle.
    static func firstUnseen(
        of mailbox: MailboxID,
        _ counters: MailboxCounters,
        _ database: Database
    ) throws -> Int? {
        guard counters.unseen > 0 else { return nil }
        var before = 0
        var behind = 0
        var missing = counters.unseen
        var front = try Self.firstBlock(of: mailbox, from: UID(rawValue: 0), database)
        var back = try Self.lastBlock(of: mailbox, database)
        while let first = front, let last = back {
            if let index = first.firstUnseen { return before + index + 1 }
            before += first.count
            missing -= last.unseenCount
            behind += last.count
            if missing <= 0, let index = last.firstUnseen { return counters.messages - behind + index + 1 }
            front = try Self.firstBlock(of: mailbox, from: UID(rawValue: first.key.uid.rawValue + 1), database)
            guard last.key.uid.rawValue > 0 else { return nil }
            back = try Self.lastBlock(of: mailbox, through: UID(rawValue: last.key.uid.rawValue - 1), database)
        }
        return nil
    }
}

extension PlacementBlock {
    fileprivate var firstUnseen: Int? {
        (0..<self.count).first { !self.entry(at: $0).flags.contains(.seen) }
    }

    fileprivate var unseenCount: Int {
        (0..<self.count).count { !self.entry(at: $0).flags.contains(.seen) }
    }
}
