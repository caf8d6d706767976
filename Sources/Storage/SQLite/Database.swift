internal import CSQLite

/// One connection as an operation sees it. It is handed to operations and must not leave them.
package final class Database {
    let connection: Connection
    private var statements: [UInt: Statement] = [:]
    var tallies = Tallies()
    var afterCommitActions: [@Sendable () -> Void] = []
    /// What operations remember of the rows for those after them on this connection, so as not to read it again.
    /// Whoever changes such rows changes this too; it is empty after anything was rolled back.
    package var memory: AnyObject?

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// The statement of this text, prepared at its first use on this connection.
    ///
    /// It is found by the literal's address: write each statement once, as a literal.
    package func statement(_ sql: StaticString) throws(StorageError) -> Statement {
        let key = unsafe UInt(bitPattern: sql.utf8Start)
        if let statement = self.statements[key] { return statement }
        let statement = try unsafe Statement(handle: self.connection.prepare(sql), connection: self.connection)
        self.statements[key] = statement
        return statement
    }

    /// Steps SQLite's machine has taken for this connection's statements, some ten a row looked at: the work a question
    /// costs, whatever the machine it is asked on.
    package var stepCount: Int { self.statements.values.reduce(0) { $0 + $1.stepCount } }

    /// Counts recipients in the shard's custody ledger, in this operation's transaction.
    package func tally(_ state: CustodyState, _ count: Int) {
        self.tallies.add(count, to: state)
    }

    /// Runs when this operation is committed and on the disk: a durable one's before its answer, a lazy one's after the
    /// next sync. Never if it is rolled back.
    package func afterCommit(_ action: @escaping @Sendable () -> Void) {
        self.afterCommitActions.append(action)
    }

    /// Rows changed by the last INSERT, UPDATE or DELETE.
    package var changes: Int { self.connection.changes }

    /// Runs statements that give no rows.
    package func execute(_ script: String) throws(StorageError) {
        try self.connection.execute(script)
    }

    /// The first column of the first row as a number, 0 without a row.
    package func integer(_ sql: StaticString) throws -> Int {
        try self.statement(sql).first { Int($0.int(0)) } ?? 0
    }

    /// Runs a part of an operation of which nothing is left when it throws; the operation may go on then, unless the
    /// error is one of the disk or of the transaction itself.
    package func partly<R>(_ part: () throws -> R) throws -> R {
        let (tallies, actions) = (self.tallies, self.afterCommitActions.count)
        try self.statement("SAVEPOINT part").run()
        do {
            let result = try part()
            try self.statement("RELEASE part").run()
            return result
        } catch {
            self.memory = nil
            try self.statement("ROLLBACK TO part").run()
            try self.statement("RELEASE part").run()
            self.tallies = tallies
            self.afterCommitActions.removeSubrange(actions...)
            throw error
        }
    }

    func transaction<R>(_ body: () throws -> R) throws -> R {
        try self.execute("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try self.execute("COMMIT")
            return result
        } catch {
            self.rollBack()
            throw error
        }
    }

    /// Ends the open transaction, if SQLite has not done so itself.
    func rollBack() {
        self.memory = nil
        guard self.connection.isInTransaction else { return }
        // A failed ROLLBACK leaves the transaction open; the next BEGIN then reports it.
        _ = try? self.execute("ROLLBACK")
    }

    func close() {
        for statement in self.statements.values { unsafe sqlite3_finalize(statement.handle) }
        self.statements = [:]
        self.connection.close()
    }
}

/// Counts by custody state that wait for their batch's commit.
struct Tallies: Sendable {
    private var counts: [(state: CustodyState, count: Int)] = []

    var isEmpty: Bool { self.counts.isEmpty }

    mutating func add(_ count: Int, to state: CustodyState) {
        guard count != 0 else { return }
        for index in self.counts.indices where self.counts[index].state == state {
            self.counts[index].count += count
            return
        }
        self.counts.append((state, count))
    }

    /// Adds the counts to the ledger's rows and forgets them.
    mutating func write(to database: Database) throws {
        for (state, count) in self.counts where count != 0 {
            let statement = try database.statement(
                "INSERT INTO custody(state, count) VALUES(?1, ?2) ON CONFLICT(state) DO UPDATE SET count = count + ?2"
            )
            statement.bind(state.rawValue, at: 1)
            statement.bind(count, at: 2)
            try statement.run()
        }
        self.counts.removeAll(keepingCapacity: true)
    }
}
