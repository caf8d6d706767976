import MailQueue
import MailTesting
import MailTypes
import NIOCore
import NIOPosix
import Storage
import Synchronization
import Testing
import Trace

@testable import Delivery

@Suite("Messages that were in hand at a crash", .timeLimit(.minutes(10)))
struct SuspectTests {
    @Test("lesson 5: they are attempted one at a time, so that only the one at fault is in hand at the next crash")
    func oneAtATime() async throws {
        try await TemporaryFolder.with { folder in
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let gate = group.next().makePromise(of: Void.self)
            var script = ScriptedSink.Script()
            script.act = { [opened = gate.futureResult] in $0.verb == "." ? .wait(opened) : nil }
            let sink = try await ScriptedSink(group, script)
            let suspects = (0..<5).map { TimeSortedID(rawValue: 1_000 + $0) }
            let fixture = try DeliveryFixture(
                DeliveryFixture.routes(to: sink),
                isStarted: false,
                flight: try Self.recorder(in: folder.path, after: suspects)
            )
            for id in suspects {
                var message = fixture.message(to: [DeliveryFixture.recipient("x@away.test")])
                message.id = id
                try await fixture.queue.accept(message)
            }
            for _ in 0..<3 { try await fixture.send("y@away.test") }
            fixture.service.start()
            try await fixture.waitUntilDeferred(suspects.count - 1)
            #expect(suspects.filter { fixture.queue.isInHand($0) }.count == 1)
            #expect(try await fixture.queue.list(QueueFilter(state: .parked)).isEmpty)
            gate.succeed()
            try await fixture.wait {
                fixture.advance(.seconds(1))
                return try await fixture.queue.totals().messages == 0
            }
            #expect(try await fixture.queue.ledger()[.relayed] == suspects.count + 3)
            try await fixture.close()
            await sink.close()
            try await group.shutdownGracefully()
        }
    }

    @Test("a message that is parked for its crashes is tried again when the postmaster requeues it")
    func requeued() async throws {
        try await TemporaryFolder.with { folder in
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let sink = try await ScriptedSink(group)
            let id = TimeSortedID(rawValue: 1_000)
            let flight = try Self.recorder(in: folder.path, after: [id], crashes: 2)
            let fixture = try DeliveryFixture(DeliveryFixture.routes(to: sink), isStarted: false, flight: flight)
            var message = fixture.message(to: ["x@away.test", "y@here.test"].map { DeliveryFixture.recipient($0) })
            message.id = id
            try await fixture.queue.accept(message)
            fixture.service.start()
            try await fixture.wait { flight.crashes(of: id) == 1 }
            #expect(try await fixture.queue.totals().parked == 2)
            #expect(fixture.events(of: id).count { $0.contains("\"event\":\"parked\"") } == 1)
            #expect(sink.messages.isEmpty && fixture.stored.withLock { $0.isEmpty })
            #expect(try await fixture.queue.requeue(QueueFilter(message: id)) == 2)
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.count == 1)
            #expect(fixture.stored.withLock { $0.count } == 1)
            #expect(try await fixture.queue.ledger().isBalanced)
            try await fixture.close()
            await sink.close()
            try await group.shutdownGracefully()
        }
    }

    /// That of a program whose predecessors have crashed with these messages in hand.
    private static func recorder(
        in folder: String,
        after inHand: [TimeSortedID],
        crashes: Int = 1
    ) throws -> FlightRecorder {
        var recorder = try FlightRecorder(folder: folder, previousDeath: .none, clock: SystemClock())
        for _ in 0..<crashes {
            for id in inHand { _ = recorder.begin(.delivery, message: id, fingerprint: 0, peer: "") }
            recorder = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: SystemClock())
        }
        return recorder
    }
}
