import Directory
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

@Suite("Next hops", .timeLimit(.minutes(10)))
struct DestinationTests {
    @Test(
        "the window grows with success and shrinks with failure",
        arguments: [
            ("", 5), ("ssss", 5), ("sssss", 6), ("sssssssssss", 7), ("f", 4), ("ffffffff", 1), ("d", 1), ("ds", 2),
            ("dsss", 3), ("ssssf", 4), ("ssssfs", 4),
        ]
    )
    func window(_ events: String, _ size: Int) {
        var window = ConcurrencyWindow(start: 5, max: 20)
        for event in events {
            switch event {
            case "s": window.succeeded()
            case "f": window.failed()
            default: window.died()
            }
        }
        #expect(window.size == size)
    }

    @Test("the window never passes its bound")
    func windowBound() {
        var window = ConcurrencyWindow(start: 5, max: 20)
        for _ in 0..<10_000 { window.succeeded() }
        #expect(window.size == 20)
    }

    @Test("attempts come soon at first and then ever less often")
    func schedule() {
        let minutes = (0..<12).map { RetrySchedule.standard.delay(afterAttempts: $0) / .seconds(60) }
        #expect(minutes == [1, 5, 15, 30, 60, 120, 120, 180, 240, 240, 240, 240])
    }

    @Test("a dead host is left alone ever longer, and forgiven at once when it lives")
    func memory() {
        let hosts = [NextHop.Host(name: "a", port: 1), .init(name: "b", port: 2)]
        var memory = HostMemory(hosts, delay: .seconds(30), delayMax: .seconds(100))
        let start = NIODeadline.now()
        let reply = SMTPReply(451, "4.4.1", "down")
        #expect(memory.living(at: start) == 0)
        /// A connection that is begun then and fails at once.
        func fails(_ host: Int, _ seconds: Int64) {
            let time = start + .seconds(seconds)
            memory.died(host, openedAt: time, now: time, reply)
        }
        fails(0, 0)
        #expect(memory.living(at: start) == 1)
        #expect(memory.living(at: start + .seconds(31)) == 0)
        fails(0, 31)
        #expect(memory.living(at: start + .seconds(31 + 59)) == 1)
        fails(1, 62)
        #expect(memory.living(at: start + .seconds(62 + 28)) == nil)
        for attempt in 1...50 { fails(0, Int64(attempt) * 100) }
        #expect(memory.living(at: start + .seconds(5_099)) == 1)
        #expect(memory.living(at: start + .seconds(5_101)) == 0)
        memory.lives(0)
        #expect(memory.living(at: start) == 0)
    }

    @Test("connections that were begun before a host was found dead tell of the same outage")
    func memoryOfOutage() {
        var memory = HostMemory([NextHop.Host(name: "a", port: 1)], delay: .seconds(30), delayMax: .seconds(600))
        let start = NIODeadline.now()
        let reply = SMTPReply(451, "4.4.1", "down")
        for connection in 0..<20 {
            memory.died(0, openedAt: start + .milliseconds(1), now: start + .milliseconds(1 + Int64(connection)), reply)
        }
        #expect(memory.living(at: start + .seconds(29)) == nil)
        #expect(memory.living(at: start + .seconds(31)) == 0)
        // One that is begun after it is the next failure.
        memory.died(0, openedAt: start + .seconds(31), now: start + .seconds(32), reply)
        #expect(memory.living(at: start + .seconds(32 + 59)) == nil)
        #expect(memory.living(at: start + .seconds(32 + 61)) == 0)
        // What is forgotten begins anew, whenever the connection was begun.
        memory.forget()
        memory.died(0, openedAt: start, now: start + .seconds(100), reply)
        #expect(memory.living(at: start + .seconds(129)) == nil)
        #expect(memory.living(at: start + .seconds(131)) == 0)
    }

    @Test("a new bound shrinks the window at once, and lets it grow by success")
    func windowLimit() {
        var window = ConcurrencyWindow(start: 5, max: 20)
        window.limit(to: 2)
        #expect(window.size == 2)
        for _ in 0..<100 { window.succeeded() }
        #expect(window.size == 2)
        window.limit(to: 4)
        #expect(window.size == 2)
        for _ in 0..<100 { window.succeeded() }
        #expect(window.size == 4)
        window.limit(to: 0)
        #expect(window.size == 1)
    }

    @Test("one that has had nothing to do for half an hour is forgotten, however often it looks at the clock")
    func forgotten() async throws {
        try await DeliveryFixture.with { fixture, sink in
            let recorder = OutcomeRecorder(
                .init(
                    queue: fixture.queue,
                    local: LocalMailboxes(resolve: { _ in .notLocal }, name: { _ in "" }, deliver: { _, _, _ in }),
                    spool: try Spool.open(folder: fixture.folder.path("other spool")),
                    trace: fixture.trace,
                    eventLoops: fixture.group
                )
            )
            let lane = RelayLane(
                loop: fixture.group.next(),
                options: DeliveryFixture.options { _ in },
                budget: ConnectionBudget(1),
                recorder: recorder,
                flight: nil,
                permit: { _ in }
            )
            let hop = NextHop(dialect: .smtp, hosts: [.init(name: "127.0.0.1", port: sink.port)])
            let destination = Destination(hop, lane: lane)
            let start = NIODeadline.now()
            for second in 0..<3_600 { destination.tick(at: start + .seconds(Int64(second))) }
            #expect(!destination.isForgettable(at: start + .minutes(29)))
            #expect(destination.isForgettable(at: start + .minutes(60)))
        }
    }

    @Test("a new bound reaches a destination that exists, in both directions")
    func reload() async throws {
        func options(_ max: Int) -> DeliveryOptions {
            DeliveryFixture.options {
                $0.concurrencyStart = 2
                $0.concurrencyMax = max
                // So that none ends for being idle, however slow the machine is.
                $0.idleTimeout = .seconds(600)
            }
        }
        try await DeliveryFixture.with(options: options(2)) { fixture, sink in
            let routes = DeliveryFixture.routes(to: sink)
            for number in 0..<10 { try await fixture.send("user\(number)@away.test") }
            try await fixture.waitUntilEmpty()
            #expect(await fixture.service.destinations().first?.window == 2)
            fixture.service.reload(routes: routes, options: options(4))
            for number in 10..<30 { try await fixture.send("user\(number)@away.test") }
            try await fixture.waitUntilEmpty()
            #expect(await fixture.service.destinations().first?.window == 4)
            fixture.service.reload(routes: routes, options: options(1))
            try await fixture.wait {
                let status = await fixture.service.destinations().first
                return status?.window == 1 && status?.connections ?? 0 <= 1
            }
            for number in 30..<40 { try await fixture.send("user\(number)@away.test") }
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.count == 40)
            #expect(await fixture.service.destinations().first?.window == 1)
        }
    }

    @Test("that a host breaks off where TLS begins counts when it is seen again later, until TLS works")
    func memoryOfTLS() {
        var memory = HostMemory([NextHop.Host(name: "a", port: 1)], delay: .seconds(30), delayMax: .seconds(100))
        let start = NIODeadline.now()
        func breaksOff(_ seconds: Int64) -> Bool {
            let time = start + .seconds(seconds)
            return memory.brokeOffAtTLS(0, openedAt: time, now: time)
        }
        #expect(!memory.knowsTLSBroken(at: start))
        #expect(!breaksOff(0))
        // Connections opened beside the first.
        #expect(!breaksOff(1))
        #expect(breaksOff(30))
        #expect(breaksOff(4_000))
        #expect(memory.knowsTLSBroken(at: start + .hours(23)))
        #expect(!memory.knowsTLSBroken(at: start + .hours(25)))
        memory.tlsWorks(0)
        #expect(!breaksOff(4_100))
        #expect(breaksOff(4_200))
        #expect(!breaksOff(4_200 + 90_000))
    }

    @Test("no more transactions at a time than the bound")
    func bound() async throws {
        try await DeliveryFixture.with(
            options: DeliveryFixture.options {
                $0.concurrencyStart = 2
                $0.concurrencyMax = 3
            }
        ) { fixture, sink in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask { try await fixture.send("user\(number)@away.test") }
                }
                try await group.waitForAll()
            }
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.count == 100)
            #expect(sink.state.withLock { $0.openMost } <= 3)
        }
    }

    @Test("unused connections are closed politely")
    func idleConnections() async throws {
        try await DeliveryFixture.with(options: DeliveryFixture.options { $0.idleTimeout = .milliseconds(200) }) {
            fixture,
            sink in
            try await fixture.send("bob@away.test")
            try await fixture.wait { sink.state.withLock { $0.quits == 1 && $0.openNow == 0 } }
        }
    }

    @Test("a connection that has said goodbye gets nothing more to do, however long the host takes to answer")
    func goodbyes() async throws {
        try await DeliveryFixture.with(options: DeliveryFixture.options { $0.idleTimeout = .milliseconds(200) }) {
            fixture,
            sink in
            sink.script.withLock { $0.act = { $0.verb == "QUIT" ? .silence : nil } }
            try await fixture.send("bob@away.test")
            try await fixture.wait { sink.state.withLock { $0.quits == 1 } }
            try await fixture.send("carol@away.test")
            try await fixture.wait { sink.messages.count == 2 }
            #expect(sink.state.withLock { $0.connections } == 2)
        }
    }

    @Test("lesson 27: a dead host of two does not cut throughput")
    func deadHostOfTwo() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let dead = try await ScriptedSink(group)
        await dead.close()
        let sink = try await ScriptedSink(group)
        let hop = NextHop(
            dialect: .smtp,
            hosts: [.init(name: "127.0.0.1", port: dead.port), .init(name: "127.0.0.1", port: sink.port)]
        )
        let fixture = try DeliveryFixture(RouteTable(smartHost: hop))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<100 {
                tasks.addTask { try await fixture.send("user\(number)@away.test") }
            }
            try await tasks.waitForAll()
        }
        try await fixture.waitUntilEmpty()
        #expect(sink.messages.count == 100)
        #expect(try await fixture.queue.ledger()[.relayed] == 100)
        try await fixture.close()
        await sink.close()
        try await group.shutdownGracefully()
    }

    @Test("lesson 27: a dead next hop costs a few attempts and not one for each message")
    func deadDestination() async throws {
        var script = ScriptedSink.Script()
        script.act = { $0.verb == "CONNECT" ? .drop : nil }
        try await DeliveryFixture.with(script) { fixture, sink in
            for number in 0..<50 { try await fixture.send("user\(number)@away.test") }
            try await fixture.waitUntilDeferred(50)
            #expect(sink.state.withLock { $0.connections } <= 10)
            #expect(await fixture.service.destinations().first?.isDead == true)
            sink.script.withLock { $0 = .init() }
            _ = try await fixture.queue.flush(.all)
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.count == 50)
        }
    }

    @Test("lesson 3: a host that was away while mail gathered gets all of it when it is back")
    func gathered() async throws {
        var script = ScriptedSink.Script()
        script.act = { $0.verb == "CONNECT" ? .replyAndDrop("421 4.3.2 restarting") : nil }
        try await DeliveryFixture.with(
            script,
            options: DeliveryFixture.options {
                $0.deadHostDelay = .milliseconds(10)
                $0.deadHostDelayMax = .milliseconds(20)
            }
        ) { fixture, sink in
            for number in 0..<200 { try await fixture.send("user\(number)@away.test") }
            try await fixture.waitUntilDeferred(200)
            sink.script.withLock { $0 = .init() }
            for _ in 0..<10 {
                fixture.advance(.seconds(1_000))
                try await Task.sleep(for: .milliseconds(100))
            }
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.count == 200)
        }
    }
}
