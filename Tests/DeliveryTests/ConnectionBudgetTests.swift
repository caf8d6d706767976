import NIOCore
import NIOPosix
import SMTPWire
import Synchronization
import Testing

@testable import Delivery

@Suite("Connections to all next hops together", .timeLimit(.minutes(10)))
struct ConnectionBudgetTests {
    @Test("one connection serves many destinations by turns, and none is kept while others wait")
    func one() async throws {
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
        let fixture = try DeliveryFixture(routes, options: DeliveryFixture.options { $0.connectionsMax = 1 })
        for number in 0..<24 { try await fixture.send("user\(number)@d\(number % 6).test") }
        try await fixture.waitUntilEmpty()
        #expect(sink.messages.count == 24)
        #expect(sink.state.withLock { $0.openMost } == 1)
        #expect(sink.state.withLock { $0.connections } >= 6)
        try await fixture.close()
        await sink.close()
        try await group.shutdownGracefully()
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
