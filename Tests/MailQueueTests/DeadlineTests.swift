import MailTesting
import MailTypes
import Storage
import Synchronization
import Testing

@testable import MailQueue

@Suite("Deadlines in the queue (RFC 2852)", .timeLimit(.minutes(5)))
struct DeadlineTests {
    private func message(
        _ fixture: QueueFixture,
        _ seconds: Int,
        _ mode: DeliverByRequest.Mode = .giveBack,
        isTraced: Bool = false
    ) -> NewQueuedMessage {
        var new = fixture.message()
        new.sender.deliverBy = DeliverBy(
            .init(seconds: seconds, mode: mode, isTraced: isTraced),
            from: fixture.clock.now
        )
        return new
    }

    @Test(
        "all of it is there after a restart",
        arguments: [(60, DeliverByRequest.Mode.giveBack, true), (60, .notify, false), (-5, .notify, true)]
    )
    func restart(_ seconds: Int, _ mode: DeliverByRequest.Mode, _ isTraced: Bool) async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        let new = self.message(fixture, seconds, mode, isTraced: isTraced)
        try await fixture.queue.accept(new)
        _ = try await fixture.take(1)
        try fixture.reopen()
        let item = try await fixture.take(1)[0]
        #expect(item.message.sender.deliverBy == new.sender.deliverBy)
        #expect(fixture.queue.timeLeft(of: item.message) == .seconds(seconds))
        #expect(try await fixture.queue.list()[0].deliverBy == new.sender.deliverBy)
        fixture.advance(.seconds(7))
        #expect(fixture.queue.timeLeft(of: item.message) == .seconds(seconds - 7))
    }

    @Test("what has none has none after a restart")
    func none() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        _ = try await fixture.take(1)
        try fixture.reopen()
        let item = try await fixture.take(1)[0]
        #expect(item.message.sender.deliverBy == nil)
        #expect(fixture.queue.timeLeft(of: item.message) == nil)
        #expect(try await fixture.queue.list()[0].deliverBy == nil)
    }

    @Test("deferred mail is handed out when its deadline passes, and not before", arguments: [true, false])
    func deferred(isRestarted: Bool) async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(self.message(fixture, 60))
        fixture.settle(try await fixture.take(1)[0], .deferred(for: .seconds(3_600), reply: "451 later"))
        await fixture.drain()
        if isRestarted { try fixture.reopen() }
        fixture.advance(.seconds(59))
        #expect(fixture.items.withLock { $0.isEmpty })
        fixture.advance(.seconds(2))
        #expect(try await fixture.take(1)[0].recipients[0].attempts == 1)
    }

    @Test("a deadline that passed while nothing ran is found at the start")
    func passedMeanwhile() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(self.message(fixture, 60))
        fixture.settle(try await fixture.take(1)[0], .deferred(for: .seconds(3_600), reply: "451 later"))
        await fixture.drain()
        fixture.clock.advance(by: .seconds(120))
        try fixture.reopen()
        let item = try await fixture.take(1)[0]
        #expect(try #require(fixture.queue.timeLeft(of: item.message)) < .zero)
    }

    @Test("when the wall clock is set the deadline moves with it", arguments: [86_400, -86_400])
    func clockSteps(_ seconds: Int) async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(self.message(fixture, 600))
        fixture.settle(try await fixture.take(1)[0], .deferred(for: .seconds(3_600), reply: "451 later"))
        await fixture.drain()
        fixture.step(.seconds(seconds))
        try await fixture.wait { fixture.queue.state.withLock { $0.clockMoves == 0 && !$0.isLoading } }
        fixture.advance(.seconds(590))
        #expect(fixture.items.withLock { $0.isEmpty })
        fixture.advance(.seconds(11))
        _ = try await fixture.take(1)
    }

    @Test("a delay is handed out once; after that the message waits for its next attempt")
    func toldOnce() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(self.message(fixture, 60, .notify))
        fixture.settle(try await fixture.take(1)[0], .deferred(for: .seconds(3_600), reply: "451 later"))
        await fixture.drain()
        fixture.advance(.seconds(61))
        let item = try await fixture.take(1)[0]
        fixture.queue.settle(Settlement(item.message, [(0, .kept)], delayNotified: [0]))
        await fixture.drain()
        for _ in 0..<5 { fixture.advance(.seconds(600)) }
        #expect(fixture.items.withLock { $0.isEmpty })
        #expect(try await fixture.queue.list()[0].recipients[0].attempts == 1)
        fixture.advance(.seconds(600))
        #expect(try await fixture.take(1)[0].recipients[0].isDelayNotified)
    }

    @Test("a full memory keeps no deadline waiting")
    func fullMemory() async throws {
        var options = MailQueueOptions()
        options.activeRecipientsMax = 1
        let fixture = try QueueFixture(options)
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        _ = try await fixture.take(1)
        let late = self.message(fixture, 60)
        try await fixture.queue.accept(late)
        fixture.advance(.seconds(61))
        #expect(try await fixture.take(1).map(\.message.id) == [late.id])
    }

    @Test("held mail waits for the postmaster, whatever its deadline")
    func held() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        var new = self.message(fixture, 60)
        new.isHeld = true
        try await fixture.queue.accept(new)
        for _ in 0..<3 { fixture.advance(.seconds(61)) }
        await fixture.drain()
        #expect(fixture.items.withLock { $0.isEmpty })
    }
}
