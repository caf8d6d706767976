internal import MailQueue
internal import MailStore
internal import Storage
internal import Trace

extension Status {
    package func perform(on system: AdministeredSystem) async throws -> Output {
        try await system.requireRunning().status()
    }
}

extension Reload {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        Done(try await system.requireRunning().reload().joined(separator: "\n"))
    }
}

extension Stop {
    package func perform(on system: AdministeredSystem) async throws -> Output {
        try system.requireRunning().requestStop()
    }
}

extension Upgrade {
    package func perform(on system: AdministeredSystem) async throws -> Output {
        try await system.requireRunning().requestUpgrade()
    }
}

extension TraceQuery {
    package func perform(on system: AdministeredSystem) async throws -> [String] {
        system.journal.flush()
        return TraceSearch(folder: system.traceFolder).lines(about: self.query)
    }
}

extension Ledger {
    package func perform(on system: AdministeredSystem) async throws -> [Row] {
        var rows: [Row] = []
        for shard in system.store.allShards {
            rows.append(Row(place: shard.name, try shard.custody()))
        }
        rows.append(Row(place: "queue", try await system.queue.ledger().counts))
        return rows + [Row.sum(of: rows)]
    }
}

extension Ledger.Row {
    init(place: String, _ counts: [CustodyState: Int]) {
        self.init(
            place: place,
            accepted: counts[.accepted] ?? 0,
            queued: counts[.queued] ?? 0,
            delivered: counts[.delivered] ?? 0,
            relayed: counts[.relayed] ?? 0,
            bounced: counts[.bounced] ?? 0,
            discarded: counts[.discarded] ?? 0,
            parked: counts[.parked] ?? 0
        )
    }

    static func sum(of rows: [Self]) -> Self {
        rows.reduce(into: Self(place: "all", [:])) { sum, row in
            sum.accepted += row.accepted
            sum.queued += row.queued
            sum.delivered += row.delivered
            sum.relayed += row.relayed
            sum.bounced += row.bounced
            sum.discarded += row.discarded
            sum.parked += row.parked
        }
    }
}

extension AdministeredSystem {
    fileprivate func requireRunning() throws -> any RunningSystem {
        guard let running = self.running else { throw OperationError.notRunning }
        return running
    }
}
