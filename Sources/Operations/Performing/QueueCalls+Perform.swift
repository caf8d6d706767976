internal import MailQueue
internal import MailTypes
internal import Telemetry
internal import Trace

extension QueueList {
    package func perform(on system: AdministeredSystem) async throws -> [Row] {
        var filter = try queueFilter(destination: self.destination)
        if let state = self.state {
            guard let known = RecipientState.allCases.first(where: { $0.name == state }) else {
                throw OperationError("'\(state)' is no state: it is queued, held or parked")
            }
            filter.state = known
        }
        return try await system.queue.list(filter, limit: self.limit).map(QueueList.Row.init)
    }
}

extension QueueShow {
    package func perform(on system: AdministeredSystem) async throws -> QueueList.Row {
        let id = try readQueueID(self.id)
        guard let message = try await system.queue.list(QueueFilter(message: id), limit: 1).first else {
            throw OperationError("\(id) is not in the queue. What became of it: martlet trace \(id)")
        }
        return QueueList.Row(message)
    }
}

extension QueueChange {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        var filters = try self.ids.map { QueueFilter(message: try readQueueID($0)) }
        if filters.isEmpty { filters = [try queueFilter(destination: self.destination)] }
        var count = 0
        var unknown: [String] = []
        for filter in filters {
            let changed = try await self.apply(filter, to: system)
            count += changed
            // Nothing may be left to change, too.
            guard changed == 0, let id = filter.message else { continue }
            if try await system.queue.list(filter, limit: 1).isEmpty { unknown.append(id.description) }
        }
        let noun = count == 1 ? "1 recipient" : "\(count) recipients"
        let changed = "\(noun) \(self.action.participle)."
        guard unknown.isEmpty else {
            let advice = "What became of it: martlet trace \(unknown[0])"
            throw OperationError("Not in the queue: \(unknown.joined(separator: ", ")). \(changed) \(advice)")
        }
        return Done(changed)
    }

    /// The trace gets a line for each recipient, and one for all those beyond the bound.
    private func apply(_ filter: QueueFilter, to system: AdministeredSystem) async throws -> Int {
        let (queue, journal) = (system.queue, system.journal)
        let (event, user) = (self.action.event, self.user ?? "")
        let note: MailQueue.ChangeNote = { journal.record($0, event, (.recipient, $1), (.user, user)) }
        let count =
            switch self.action {
            case .flush: try await queue.flush(filter, noting: note)
            case .hold: try await queue.hold(filter, noting: note)
            case .release: try await queue.release(filter, noting: note)
            case .delete: try await queue.delete(filter, noting: note)
            case .requeue: try await queue.requeue(filter, noting: note)
            }
        let others = count - MailQueue.changesNotedMax
        if others > 0 { journal.record(journal.makeID(), event, (.count, String(others)), (.user, user)) }
        return count
    }
}

extension QueueChange.Action {
    fileprivate var event: TraceEvent {
        switch self {
        case .flush: .flushed
        case .hold: .held
        case .release: .released
        case .delete: .deleted
        case .requeue: .requeued
        }
    }

    fileprivate var participle: String {
        switch self {
        case .flush: "tried now"
        case .hold: "held"
        case .release: "released"
        case .delete: "deleted"
        case .requeue: "queued anew"
        }
    }
}

private func describe(_ deliverBy: DeliverBy) -> String {
    let end = deliverBy.mode == .giveBack ? "else it goes back" : "else its sender is told"
    return "\(describe(deliverBy.deadline)), \(end)"
}

/// A destination is a domain, or an address when it holds an `@`.
private func queueFilter(destination: String?) throws -> QueueFilter {
    guard let destination else { return .all }
    return destination.contains("@")
        ? QueueFilter(recipient: destination) : QueueFilter(domain: Domain(destination))
}

extension QueueList.Row {
    init(_ message: QueueSummary) {
        self.init(
            id: message.id.description,
            received: describe(message.receivedAt),
            from: message.sender,
            octets: message.octets,
            deliverBy: message.deliverBy.map(describe),
            recipients: message.recipients.map { recipient in
                QueueList.Recipient(
                    recipient: recipient.address,
                    state: recipient.state.name,
                    attempts: recipient.attempts,
                    nextAttempt: recipient.nextAttempt.map(describe),
                    lastReply: recipient.reason ?? recipient.lastReply ?? ""
                )
            }
        )
    }
}
