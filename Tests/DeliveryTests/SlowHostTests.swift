import MailQueue
import MailTesting
import MailTypes
import NIOCore
import NIOPosix
import SMTPWire
import Storage
import Synchronization
import Testing

@testable import Delivery

/// `slow.test` goes to a host that takes a text and keeps us waiting for its answer, everything else to one that does
/// not. The queue has room for 40 recipients in memory.
@Suite("A host that takes its mail slowly", .timeLimit(.minutes(10)))
struct SlowHostTests {
    private struct Site {
        let fixture: DeliveryFixture
        let slow: ScriptedSink
        let quick: ScriptedSink
        /// Opens when the slow host is to answer.
        let gate: EventLoopPromise<Void>

        func sendSlow(_ count: Int) async throws {
            for number in 0..<count { try await self.fixture.send("user\(number)@slow.test") }
        }
    }

    private static func with(isStarted: Bool = true, _ body: (Site) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let gate = group.next().makePromise(of: Void.self)
        var script = ScriptedSink.Script()
        script.act = { [opened = gate.futureResult] in $0.verb == "." ? .wait(opened) : nil }
        let slow = try await ScriptedSink(group, script)
        let quick = try await ScriptedSink(group)
        var routes = DeliveryFixture.routes(to: quick)
        try routes.add("slow.test", NextHop(dialect: .smtp, hosts: [.init(name: "127.0.0.1", port: slow.port)]))
        let fixture = try DeliveryFixture(routes, activeMax: 40, isStarted: isStarted)
        let site = Site(fixture: fixture, slow: slow, quick: quick, gate: gate)
        do {
            try await body(site)
            gate.succeed()
            try await fixture.waitUntilEmpty()
            #expect(try await fixture.queue.ledger().isBalanced)
        } catch {
            gate.succeed()
            try await fixture.close()
            throw error
        }
        try await fixture.close()
        await slow.close()
        await quick.close()
        try await group.shutdownGracefully()
    }

    @Test("mail for another host is delivered while all of the slow one's waits, and none of it fails")
    func others() async throws {
        try await Self.with { site in
            try await site.sendSlow(300)
            try await site.fixture.wait { site.slow.messages.count >= 5 }
            try await site.fixture.send("carol@quick.test")
            try await site.fixture.wait { site.quick.messages.count == 1 }
            try await site.fixture.send("here@here.test")
            try await site.fixture.wait { site.fixture.stored.withLock { $0.count } == 1 }
            try await site.fixture.wait { try await site.fixture.queue.totals().queued == 300 }
            let totals = try await site.fixture.queue.totals()
            #expect(totals.deferred == 0 && totals.active <= 22)
            site.gate.succeed()
            try await site.fixture.waitUntilEmpty()
            #expect(site.slow.messages.count == 300)
            #expect(Set(site.slow.messages.flatMap(\.commands)).count == 301)
        }
    }

    @Test("also when the backlog is what an earlier run left on the disk")
    func backlog() async throws {
        try await Self.with(isStarted: false) { site in
            try await site.sendSlow(500)
            try await site.fixture.send("carol@quick.test")
            site.fixture.service.start()
            try await site.fixture.wait { site.quick.messages.count == 1 }
            #expect(try await site.fixture.queue.totals().active <= 22)
        }
    }

    @Test("its connections always have work: as many transactions are under way as it may have")
    func lanes() async throws {
        try await Self.with { site in
            try await site.sendSlow(300)
            try await site.fixture.wait {
                let status = await site.fixture.service.destinations().first
                return site.slow.messages.count == 5 && status?.window == 5 && status?.connections == 5
            }
            site.gate.succeed()
            // In the end it had as many at a time as a host gets that answers at once.
            try await site.fixture.waitUntilEmpty()
            #expect(site.slow.state.withLock { $0.openMost } == 20)
        }
    }
}
