/// Runs a batch of operations as one transaction; one that fails does so alone.
///
/// First all run without savepoints, as nearly always none fails. If one throws, everything is rolled back and the
/// batch runs again with a savepoint each, so that only the failing ones are undone. If the commit itself fails (disk
/// full), each operation gets a transaction of its own: small ones may still fit where the whole did not. An operation
/// may therefore run up to three times, and must touch nothing but the database and its result.
struct BatchRunner {
    let database: Database

    func run(_ operations: [WaitingOperation]) -> CommittedBatch {
        if let batch = try? self.runTogether(operations) { return batch }
        if operations.count > 1, let batch = try? self.runWithSavepoints(operations) { return batch }
        var all = CommittedBatch()
        for operation in operations { self.runAlone(operation, into: &all) }
        return all
    }

    private func runTogether(_ operations: [WaitingOperation]) throws -> CommittedBatch {
        var batch = CommittedBatch()
        try self.transaction(&batch) { batch in
            for operation in operations { batch.succeeded(operation, try operation.perform(self.database)) }
        }
        return batch
    }

    private func runWithSavepoints(_ operations: [WaitingOperation]) throws -> CommittedBatch {
        var batch = CommittedBatch()
        try self.transaction(&batch) { batch in
            for operation in operations {
                let tallies = self.database.tallies
                let actions = self.database.afterCommitActions.count
                try self.database.statement("SAVEPOINT operation").run()
                do {
                    let answer = try operation.perform(self.database)
                    try self.database.statement("RELEASE operation").run()
                    batch.succeeded(operation, answer)
                } catch {
                    self.database.memory = nil
                    try self.database.statement("ROLLBACK TO operation").run()
                    try self.database.statement("RELEASE operation").run()
                    self.database.tallies = tallies
                    self.database.afterCommitActions.removeSubrange(actions...)
                    batch.failed(operation, error)
                }
            }
        }
        return batch
    }

    private func runAlone(_ operation: WaitingOperation, into all: inout CommittedBatch) {
        var batch = CommittedBatch()
        do {
            try self.transaction(&batch) { batch in
                batch.succeeded(operation, try operation.perform(self.database))
            }
            all.append(batch)
        } catch {
            all.failed(operation, error)
        }
    }

    private func transaction(
        _ batch: inout CommittedBatch,
        _ body: (inout CommittedBatch) throws -> Void
    ) throws {
        self.database.tallies = Tallies()
        self.database.afterCommitActions.removeAll(keepingCapacity: true)
        do {
            try self.database.statement("BEGIN IMMEDIATE").run()
            try body(&batch)
            if !self.database.tallies.isEmpty { try self.database.tallies.write(to: self.database) }
            self.database.connection.setLazy(!batch.isDurable)
            try self.database.statement("COMMIT").run()
        } catch {
            self.database.rollBack()
            throw error
        }
        batch.isCommitted = true
        batch.actions = self.database.afterCommitActions
    }
}

extension CommittedBatch {
    mutating func succeeded(_ operation: WaitingOperation, _ answer: @escaping @Sendable () -> Void) {
        self.answers.append(answer)
        self.failures.append(operation.fail)
        if operation.durability == .durable { self.isDurable = true }
    }

    mutating func failed(_ operation: WaitingOperation, _ error: any Error) {
        self.answers.append { operation.fail(error) }
        self.failures.append { _ in operation.fail(error) }
    }

    mutating func append(_ other: CommittedBatch) {
        self.answers += other.answers
        self.actions += other.actions
        self.failures += other.failures
        self.isDurable = self.isDurable || other.isDurable
        self.isCommitted = self.isCommitted || other.isCommitted
    }

    func complete() {
        for action in self.actions { action() }
        for answer in self.answers { answer() }
    }

    func fail(_ error: any Error) {
        for failure in self.failures { failure(error) }
    }
}
