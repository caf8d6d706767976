internal import MailStore
internal import MailTypes
internal import Storage

/// One SEARCH, complete in itself: which messages of a snapshot satisfy a condition.
///
/// What memory can decide is decided first; only messages that remain in doubt are read, in visits of bounded work, so
/// that a search through everything leaves room for others between its steps.
struct SearchJob: Sendable {
    let condition: SearchCondition
    let view: MailboxView
    let recentStart: UID

    /// What is known so far, by index, ascending.
    struct Outcome: Sendable {
        var found: [Int] = []
        var undecided: [Int] = []
    }

    /// Decides a slice of the mailbox by what is in memory.
    func judge(_ range: Range<Int>) -> Outcome {
        var outcome = Outcome()
        var index = range.lowerBound
        self.view.state.forEach(in: range) { entry in
            var candidate = self.candidate(entry, at: index)
            switch self.condition.holds(for: &candidate, nil) {
            case .some(true): outcome.found.append(index)
            case .some(false): break
            case .none: outcome.undecided.append(index)
            }
            index += 1
        }
        return outcome
    }

    /// What one visit to a reader lane has decided.
    struct Step: Sendable {
        var found: [Int] = []
        /// So many messages were dealt with.
        var count = 0
        /// The message that could not be read and so is not found, if there was one; the step ends with it.
        var unreadable: UnreadableMessage?
    }

    /// Decides messages by reading them, as many of `undecided` from `start` on as fit one visit to a reader lane.
    func read(_ undecided: [Int], from start: Int, _ reader: MessageReader) throws -> Step {
        var step = Step()
        // Each key goes through a message anew; the few of an ordinary search count as one.
        let readings = 1 + self.condition.textsCount / Self.textsCountedAsOne
        var octets = 0
        var position = start
        while step.unreadable == nil, position < undecided.count,
            position - start < IMAPSessionLimits.searchMessagesMax, octets < IMAPSessionLimits.searchOctetsMax
        {
            let index = undecided[position]
            let entry = self.view.state[index]
            do {
                let (isFound, wasRead) = try self.decide(entry, at: index, reader)
                if isFound { step.found.append(index) }
                if wasRead { octets += Int(entry.octets) * readings }
            } catch let error as StorageError where error.isOfWhatWasRead {
                step.unreadable = UnreadableMessage(uid: entry.uid, error: error)
            }
            position += 1
        }
        step.count = position - start
        return step
    }

    private static let textsCountedAsOne = 8

    private func decide(
        _ entry: MailboxState.Entry,
        at index: Int,
        _ reader: MessageReader
    ) throws -> (isFound: Bool, wasRead: Bool) {
        var candidate = self.candidate(entry, at: index)
        if self.condition.needsRow {
            let seconds = try reader.withMessage(entry.message, [.facts]) { $0.internalDate.secondsSince1970 }
            // Expunged since the snapshot: not found.
            guard let seconds else { return (false, false) }
            candidate.receivedSeconds = seconds
            if let decided = self.condition.holds(for: &candidate, nil) { return (decided, false) }
        }
        let condition = self.condition
        let isFound = try reader.withBody(entry.message) { bytes in condition.holds(for: &candidate, bytes) ?? false }
        return (isFound ?? false, true)
    }

    private func candidate(_ entry: MailboxState.Entry, at index: Int) -> SearchCandidate {
        SearchCandidate(index: index, entry: entry, isRecent: entry.uid >= self.recentStart)
    }
}
