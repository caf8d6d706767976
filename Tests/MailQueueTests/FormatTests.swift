import MailTesting
import MailTypes
import Storage
import Testing

@testable import MailQueue

@Suite("older formats of the queue", .timeLimit(.minutes(10)))
struct QueueFormatTests {
    @Test(
        "a queue of each older format hands out all it held, and takes mail",
        arguments: 1..<QueueSchema.migrations.count
    )
    func opens(format: Int) async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        let id = fixture.message().id
        fixture.queue.close()
        for name in FileSystem.names(in: fixture.folder.path("queue")) {
            FileSystem.remove(fixture.folder.path("queue/\(name)"))
        }
        let shard = try Shard.open(
            folder: fixture.folder.path("queue"),
            name: "queue",
            migrations: Array(QueueSchema.migrations.prefix(format))
        )
        let received = fixture.clock.now.millisecondsSince1970
        try shard.writeNow { database in
            try database.execute(
                """
                INSERT INTO message(id, received_at, aging_from, next_ordinal, octets, sender_local_part, sender_domain,
                    options, peer, body)
                VALUES(\(id.rawValue), \(received), \(received), 2, 8, 'alice', 'example.com', 0, '192.0.2.1',
                    CAST('a: b' || char(13, 10, 13, 10) AS BLOB));
                INSERT INTO recipient(message, ordinal, state, next_attempt, attempts, local_part, domain,
                    delay_notified)
                VALUES(\(id.rawValue), 0, 0, 0, 0, 'bob', 'example.org', 0),
                    (\(id.rawValue), 1, 0, \(received + 60_000), 1, 'carol', 'example.org', 0);
                """
            )
            database.tally(.accepted, 2)
        }
        shard.close()

        try fixture.reopen()
        let first = try #require(try await fixture.take(1).first)
        #expect(first.message.id == id && first.recipients.map(\.ordinal) == [0])
        fixture.settle(first, .relayed)
        fixture.advance(.seconds(61))
        let second = try #require(try await fixture.take(1).first)
        #expect(second.recipients.map(\.ordinal) == [1] && second.recipients.map(\.attempts) == [1])
        fixture.settle(second, .relayed)
        await fixture.drain()
        let found = try fixture.queue.shard.readNow { try $0.integer("PRAGMA user_version") }
        #expect(found == QueueSchema.migrations.count)
        try await fixture.queue.accept(fixture.message())
        #expect(try await fixture.take(1).count == 1)
        #expect(try await fixture.queue.check().isEmpty)
    }
}
