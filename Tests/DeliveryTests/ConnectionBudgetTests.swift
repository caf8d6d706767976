import NIOCore
import NIOPosix
import SMTPWire
import Synchronization
import Testing

@testable import Delivery

@Suite("Connections to all next hops together", .timeLimit(.minutes(10)))
struct ConnectionBudgetTests {
    @Test(
        "one connection serves many destinations by turns, on one loop or several, and none is kept while others wait",
        arguments: [1, 4]
    )
    func one(_ loops: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let sink = try await ScriptedSink(group)
        var routes = RouteTable()
        for number in 0..<6 {
            // Names of their own, so that each is a destination.
            let hop = NextHop(
                dialect: .smtp,
                hosts: [
                    .init(name: "127.0.0.\(number + 1)", port: sink.port), .init(name: "127.0.0.1", port: sink.port),
                ]
            )
            try routes.add("d\(number).test", hop)
        }
        let fixture = try DeliveryFixture(
            routes,
            options: DeliveryFixture.options { $0.connectionsMax = 1 },
            threads: loops
        )
        for number in 0..<24 { try await fixture.send("user\(number)@d\(number % 6).test") }
        try await fixture.waitUntilEmpty()
        #expect(sink.messages.count == 24)
        #expect(sink.state.withLock { $0.openMost } == 1)
        #expect(sink.state.withLock { $0.connections } >= 6)
        try await fixture.close()
        await sink.close()
        try await group.shutdownGracefully()
    }

    /// Notes who is called to open a connection.
    private final class Calls: Sendable {
        let names = Mutex<[String]>([])

        func take(_ name: String, from budget: ConnectionBudget) -> Bool {
            budget.take { self.names.withLock { $0.append(name) } }
        }
    }

    @Test("what is given back goes to those who were refused, the first first, and not to who asks next")
    func line() {
        let budget = ConnectionBudget(2)
        let calls = Calls()
        #expect(calls.take("a", from: budget) && calls.take("a", from: budget))
        #expect(!budget.isShort)
        #expect(!calls.take("b", from: budget) && !calls.take("c", from: budget))
        #expect(budget.isShort && calls.names.withLock { $0.isEmpty })
        budget.giveBack()
        #expect(calls.names.withLock { $0 } == ["b"])
        // Who gave back stands behind those who waited.
        #expect(!calls.take("a", from: budget))
        budget.giveBack()
        #expect(calls.names.withLock { $0 } == ["b", "c"])
        // One who was called and has no use for it any more.
        budget.giveBack()
        #expect(calls.names.withLock { $0 } == ["b", "c", "a"])
        #expect(!budget.isShort)
        budget.giveBack()
        #expect(calls.take("d", from: budget))
    }

    @Test("a higher bound is for those who wait; under a lower one they wait until enough has been given back")
    func newBound() {
        let budget = ConnectionBudget(1)
        let calls = Calls()
        #expect(calls.take("a", from: budget))
        for name in ["b", "c", "d"] { #expect(!calls.take(name, from: budget)) }
        budget.limit(to: 3)
        #expect(calls.names.withLock { $0 } == ["b", "c"])
        budget.limit(to: 1)
        budget.giveBack()
        budget.giveBack()
        #expect(calls.names.withLock { $0 } == ["b", "c"])
        budget.giveBack()
        #expect(calls.names.withLock { $0 } == ["b", "c", "d"])
    }

    @Test("a connection carries no more messages than it may")
    func worn() async throws {
        try await DeliveryFixture.with(
            options: DeliveryFixture.options {
                $0.messagesPerConnection = 3
                $0.concurrencyMax = 1
                // So that none ends for being idle, however slow the machine is.
                $0.idleTimeout = .seconds(600)
            }
        ) { fixture, sink in
            for number in 0..<10 { try await fixture.send("user\(number)@away.test") }
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.count == 10)
            // An idle one may be closed before the next message comes.
            #expect(sink.state.withLock { $0.connections } >= 4)
        }
    }

    @Test("a destination that may have one connection begins with one")
    func window() {
        #expect(ConcurrencyWindow(start: 5, max: 1).size == 1)
    }
}
