import MailQueue
import MailTesting
import MailTypes
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Delivery

@Suite("Mail with a time for its delivery (RFC 2852)", .timeLimit(.minutes(10)))
struct DeliverByTests {
    static func offering(_ keyword: String? = "DELIVERBY", refusing: Bool = false) -> ScriptedSink.Script {
        var script = ScriptedSink.Script()
        if let keyword { script.keywords.append(keyword) }
        if refusing { script.act = { $0.verb == "RCPT" ? .reply("450 4.2.0 Later") : nil } }
        return script
    }

    static func message(
        _ fixture: DeliveryFixture,
        _ seconds: Int,
        _ mode: DeliverByRequest.Mode,
        isTraced: Bool = false,
        notify: DSNNotify? = nil,
        from sender: String? = "alice@here.test"
    ) -> NewQueuedMessage {
        var new = fixture.message(to: [DeliveryFixture.recipient("bob@away.test", notify)], from: sender)
        let request = DeliverByRequest(seconds: seconds, mode: mode, isTraced: isTraced)
        new.sender.deliverBy = DeliverBy(request, from: fixture.clock.now)
        return new
    }

    private static func notices(_ fixture: DeliveryFixture) -> [String] {
        fixture.stored.withLock { $0.map(\.text) }
    }

    @Test("the next host is told what is left of the time")
    func timeLeft() async throws {
        try await DeliveryFixture.with(Self.offering(refusing: true)) { fixture, sink in
            try await fixture.queue.accept(Self.message(fixture, 3_600, .giveBack, isTraced: true, notify: .never))
            try await fixture.waitUntilDeferred()
            sink.script.withLock { $0 = Self.offering() }
            fixture.advance(.seconds(61))
            try await fixture.waitUntilEmpty()
            let commands = try #require(sink.messages.last).commands
            #expect(commands.contains { $0.hasSuffix(" BY=3539;RT") }, "\(commands)")
        }
    }

    @Test("a host that does not promise it gets nothing, and the sender hears so", arguments: [nil, "DELIVERBY 90"])
    func unpromising(_ keyword: String?) async throws {
        try await DeliveryFixture.with(Self.offering(keyword)) { fixture, sink in
            try await fixture.queue.accept(Self.message(fixture, 60, .giveBack))
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.isEmpty)
            let notice = try #require(Self.notices(fixture).first)
            #expect(notice.contains("Action: failed\r\nStatus: 5.4.7\r\n"))
            #expect(notice.contains("Deliver-By-Date: "))
        }
    }

    @Test("what is to go back goes back when the time is over, though no attempt is due")
    func givesBack() async throws {
        try await DeliveryFixture.with(Self.offering(refusing: true)) { fixture, sink in
            try await fixture.queue.accept(Self.message(fixture, 30, .giveBack))
            try await fixture.waitUntilDeferred()
            fixture.advance(.seconds(29))
            #expect(try await fixture.queue.totals().deferred == 1)
            let connections = sink.state.withLock { $0.connections }
            fixture.advance(.seconds(2))
            try await fixture.waitUntilEmpty()
            let notices = Self.notices(fixture)
            #expect(notices.count == 1)
            #expect(notices[0].contains("Action: failed\r\nStatus: 5.4.7\r\n"))
            // It was not attempted then.
            #expect(!notices[0].contains("Last-Attempt-Date: "))
            #expect(sink.state.withLock { $0.connections } == connections)
            #expect(try await fixture.queue.ledger()[.bounced] == 1)
        }
    }

    @Test("a delay notice about what is to go back says that it is tried until its time is over, and not for days")
    func triedUntil() async throws {
        let options = DeliveryFixture.options { $0.delayNoticeAfter = .seconds(60) }
        try await DeliveryFixture.with(Self.offering(refusing: true), options: options) { fixture, _ in
            try await fixture.queue.accept(Self.message(fixture, 3_600, .giveBack))
            try await fixture.waitUntilDeferred()
            fixture.advance(.seconds(61))
            try await fixture.wait { !Self.notices(fixture).isEmpty }
            let lines = Self.notices(fixture)[0].split(separator: "\r\n")
            let deadline = try #require(lines.first { $0.hasPrefix("Deliver-By-Date: ") })
            #expect(lines.contains("Will-Retry-Until: \(deadline.dropFirst("Deliver-By-Date: ".count))"), "\(lines)")
            #expect(lines.contains { $0.hasPrefix("Last-Attempt-Date: ") })
        }
    }

    @Test("a delay is told once, when the time is over, and delivery goes on")
    func notifies() async throws {
        try await DeliveryFixture.with(Self.offering(refusing: true)) { fixture, sink in
            try await fixture.queue.accept(Self.message(fixture, 30, .notify))
            try await fixture.waitUntilDeferred()
            fixture.advance(.seconds(31))
            try await fixture.wait { !Self.notices(fixture).isEmpty }
            let notice = Self.notices(fixture)[0]
            #expect(notice.contains("Action: delayed\r\nStatus: 4.4.7\r\n"))
            #expect(notice.contains("Deliver-By-Date: "))
            #expect(!notice.contains("Last-Attempt-Date: "))
            try await fixture.waitUntilDeferred()
            for _ in 0..<3 {
                let attempts = try await fixture.queue.list()[0].recipients[0].attempts
                fixture.advance(.seconds(6 * 3_600))
                try await fixture.wait { try await fixture.queue.list()[0].recipients[0].attempts > attempts }
            }
            #expect(Self.notices(fixture).count == 1)
            sink.script.withLock { $0 = Self.offering() }
            fixture.advance(.seconds(6 * 3_600))
            try await fixture.waitUntilEmpty()
            #expect(try #require(sink.messages.last).commands.contains { $0.contains(" BY=-") && $0.hasSuffix(";N") })
            #expect(Self.notices(fixture).count == 1)
        }
    }

    @Test(
        "who does not want to hear of delays does not, and delivery goes on",
        arguments: [(DSNNotify.never, "alice@here.test"), (.failure, "alice@here.test"), (nil, nil)]
            as [(
                DSNNotify?, String?
            )]
    )
    func silence(_ notify: DSNNotify?, _ sender: String?) async throws {
        try await DeliveryFixture.with(Self.offering(refusing: true)) { fixture, sink in
            try await fixture.queue.accept(Self.message(fixture, 30, .notify, notify: notify, from: sender))
            try await fixture.waitUntilDeferred()
            fixture.advance(.seconds(31))
            sink.script.withLock { $0 = Self.offering() }
            fixture.advance(.seconds(60))
            try await fixture.waitUntilEmpty()
            #expect(Self.notices(fixture).isEmpty)
            #expect(sink.messages.count == 1)
        }
    }

    static let relays: [(String?, DeliverByRequest.Mode, Bool, DSNNotify?, Bool)] = [
        (nil, .notify, false, nil, true), (nil, .notify, false, .never, false), (nil, .notify, true, .failure, true),
        ("DELIVERBY", .notify, false, nil, false), ("DELIVERBY", .notify, true, nil, true),
        ("DELIVERBY", .giveBack, true, nil, true), ("DELIVERBY", .giveBack, true, .never, false),
        ("DELIVERBY", .giveBack, false, nil, false),
    ]

    @Test(
        "where it went is told when nobody answers for the time any more, or every step was asked for",
        arguments: Self.relays
    )
    func relayed(
        _ keyword: String?,
        _ mode: DeliverByRequest.Mode,
        _ isTraced: Bool,
        _ notify: DSNNotify?,
        _ isTold: Bool
    ) async throws {
        try await DeliveryFixture.with(Self.offering(keyword)) { fixture, sink in
            try await fixture.queue.accept(Self.message(fixture, 60, mode, isTraced: isTraced, notify: notify))
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.count == 1)
            let notices = Self.notices(fixture)
            #expect(notices.count == (isTold ? 1 : 0))
            #expect(notices.allSatisfy { $0.contains("Action: relayed\r\n") })
        }
    }

    @Test("who was told before is not told again")
    func wasOverdue() async throws {
        try await DeliveryFixture.with(Self.offering(refusing: true)) { fixture, sink in
            try await fixture.queue.accept(Self.message(fixture, -10, .notify))
            try await fixture.waitUntilDeferred()
            #expect(Self.notices(fixture).isEmpty)
            sink.script.withLock { $0 = Self.offering() }
            fixture.advance(.seconds(60))
            try await fixture.waitUntilEmpty()
            #expect(try #require(sink.messages.last).commands.contains { $0.hasSuffix(" BY=-70;N") })
            #expect(Self.notices(fixture).isEmpty)
        }
    }

    @Test("a deadline does not wait for a connection that hangs", arguments: [true, false])
    func hangs(givesBack: Bool) async throws {
        var script = Self.offering()
        script.act = { $0.verb == "CONNECT" ? .silence : nil }
        try await DeliveryFixture.with(script) { fixture, _ in
            let new = Self.message(fixture, 30, givesBack ? .giveBack : .notify)
            try await fixture.queue.accept(new)
            try await fixture.wait { await fixture.service.destinations().first?.waiting == 1 }
            fixture.advance(.seconds(31))
            try await fixture.wait { !Self.notices(fixture).isEmpty }
            #expect(Self.notices(fixture)[0].contains(givesBack ? "Status: 5.4.7" : "Status: 4.4.7"))
            if givesBack {
                try await fixture.waitUntilEmpty()
            } else {
                try await fixture.wait { await fixture.service.destinations().first?.waiting == 1 }
                #expect(Self.notices(fixture).count == 1)
            }
        }
    }
}
