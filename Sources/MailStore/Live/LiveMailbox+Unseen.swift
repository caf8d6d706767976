internal import MailTypes
internal import Storage

/// A mailbox's counters, and which of the messages they count is the first unread one.
package struct MailboxOpening: Sendable {
    package var summary: MailboxSummary
    /// Its number; `nil` when all are read, or when others change the mailbox faster than one can look.
    package var firstUnseen: Int?
}

extension LiveMailbox {
    /// What SELECT tells. RFC 3501 §6.3.1.
    ///
    /// Where the counters or the loaded list have the answer, nothing is read. Otherwise the blocks of the mailbox are,
    /// from both ends and no farther than need be; the list stays unloaded.
    package func opening() async throws -> MailboxOpening {
        for _ in 0..<Self.looksMax {
            let summary = self.summary
            if summary.unseen == 0 { return MailboxOpening(summary: summary) }
            if summary.unseen == summary.messages { return MailboxOpening(summary: summary, firstUnseen: 1) }
            if let state = self.loadedState, state.highestModSeq == summary.highestModSeq {
                return MailboxOpening(summary: summary, firstUnseen: state.firstUnseen.map { $0 + 1 })
            }
            let number = try await self.storedFirstUnseen(at: summary.highestModSeq)
            if let number { return MailboxOpening(summary: summary, firstUnseen: number) }
        }
        return MailboxOpening(summary: self.summary)
    }

    /// The number of the first unread message, if the mailbox is on the disk as it was after that change.
    private func storedFirstUnseen(at modSeq: ModSeq) async throws -> Int? {
        let id = self.id
        return try await self.read { database in
            guard let row = try MailboxRow.find(id, in: database), row.counters.highestModSeq == modSeq else {
                return nil
            }
            return try Placements.firstUnseen(of: id, row.counters, database)
        }
    }

    /// So often is looked for a moment in which memory and disk are the same: a change is on the disk shortly before
    /// it is told.
    private static let looksMax = 3
}

extension MailboxState {
    /// The index of the first unread message.
    ///
    /// - Complexity: O(*n*) when it is the last.
    var firstUnseen: Int? {
        for (chunk, start) in zip(self.chunks, self.starts) {
            if let index = chunk.entries.firstIndex(where: { !$0.flags.contains(.seen) }) { return start + index }
        }
        return nil
    }
}
