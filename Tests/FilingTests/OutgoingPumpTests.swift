import Filing
import MailQueue
import MailStore
import NIOCore
import Storage
import Testing

@Suite("what scripts send, on its way to the queue", .timeLimit(.minutes(10)))
struct OutgoingPumpTests {
    /// More than are handed over at a time.
    private static let others = 40

    private static func fill(_ room: TestMailroom, octets: Int = 10) async throws {
        try await room.setScript("redirect \"x@example.net\";")
        await room.deliver(TestMailroom.message(body: String(repeating: "x", count: octets)))
        for _ in 0..<Self.others { await room.deliver() }
    }

    @Test("a message whose body is gone does not keep those behind it")
    func lostBody() async throws {
        try await TestMailroom.with { room in
            try await Self.fill(room, octets: 300_000)
            for shard in room.store.allShards { for name in shard.bodies.all() { shard.bodies.remove(name) } }
            await #expect(throws: StorageError.self) { try await room.pump.drain() }
            #expect(try await room.queue.totals().messages == Self.others)
            #expect(try await room.store.outgoing(limit: 100).count == 1)
        }
    }

    @Test("one whose message is not there does not keep those behind it", arguments: ["message", "body"])
    func lostMessage(table: String) async throws {
        try await TestMailroom.with { room in
            try await Self.fill(room)
            let key = table == "message" ? "id" : "message"
            let shard = room.store.shard(of: TestMailroom.alice)
            try shard.writeNow { database in
                try database.execute("DELETE FROM \(table) WHERE \(key) = (SELECT message FROM outgoing ORDER BY id)")
            }
            #expect(try await room.queued().count == Self.others)
            #expect(!room.store.check().isEmpty)
        }
    }
}
