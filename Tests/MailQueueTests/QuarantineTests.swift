import MailTesting
import MailTypes
import Storage
import Testing

@testable import MailQueue

@Suite("Quarantined mail in the queue", .timeLimit(.minutes(5)))
struct QuarantineTests {
    @Test("a recipient's mail stays quarantined after a restart, and another's does not become so")
    func restart() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        var new = fixture.message(["alice@example.org", "bob@example.org"])
        new.quarantined = [1]
        try await fixture.queue.accept(new)
        #expect(try await fixture.take(2).flatMap(\.recipients).map(\.isQuarantined) == [false, true])
        try fixture.reopen()
        #expect(try await fixture.take(2).flatMap(\.recipients).map(\.isQuarantined) == [false, true])
    }

    @Test("where an alias leads, mail stays quarantined")
    func alias() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        var new = fixture.message(["team@example.org"])
        new.quarantined = [0]
        try await fixture.queue.accept(new)
        let item = try await fixture.take(1)[0]
        let paths = ["alice@example.org", "bob@example.org"].map { ForwardPath.address(QueueFixture.address($0)) }
        fixture.settle(item, .expanded(paths.map { ExpandedRecipient(path: $0) }))
        let recipients = try await fixture.take(2).flatMap(\.recipients)
        #expect(recipients.map(\.path) == paths)
        #expect(recipients.map(\.isQuarantined) == [true, true])
    }

    @Test("a queue of format 3 is brought up to date, and nothing in it is quarantined")
    func migration() async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let older = Array(QueueSchema.migrations.prefix(3))
        let shard = try Shard.open(folder: folder.path("queue"), name: "queue", migrations: older)
        let received = ManualClock().now.millisecondsSince1970
        try await shard.write(.durable) { database in
            database.tally(.accepted, 1)
            try database.execute(
                """
                INSERT INTO message(id, received_at, aging_from, next_ordinal, octets, options, peer, body)
                VALUES(7, \(received), \(received), 1, 1, 0, '', x'0A');
                INSERT INTO recipient(message, ordinal, state, next_attempt, attempts, local_part, domain,
                    delay_notified)
                VALUES(7, 0, 0, 0, 0, 'alice', 'example.org', 0);
                """
            )
        }
        shard.close()
        let queue = try MailQueue.open(folder: folder.path("queue"), clock: ManualClock())
        defer { queue.close() }
        let recipients = try await queue.shard.read { database in
            try QueueRecord.recipients(of: TimeSortedID(rawValue: 7), database)
        }
        #expect(recipients.map(\.path.description) == ["alice@example.org"])
        #expect(recipients.map(\.isQuarantined) == [false])
        #expect(try await queue.check().isEmpty)
    }
}
