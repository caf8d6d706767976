import MailTesting
import MailTypes
import Storage
import Synchronization
import Testing

@testable import MailQueue

@Suite("What the postmaster does to the queue", .timeLimit(.minutes(10)))
struct AdministrationTests {
    @Test("held mail stays until it is released, also over a restart")
    func holdAndRelease() async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        let new = fixture.message()
        try await fixture.queue.accept(new)
        #expect(try await fixture.queue.hold(QueueFilter(message: new.id)) == 1)
        #expect(try await fixture.queue.hold(QueueFilter(message: new.id)) == 0)
        try fixture.reopen()
        fixture.advance(.seconds(10))
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.items.withLock { $0.isEmpty })
        #expect(try await fixture.queue.totals().held == 1)
        #expect(try await fixture.queue.ledger()[.queued] == 1)
        #expect(try await fixture.queue.release(.all) == 1)
        #expect(try await fixture.take(1).first?.message.id == new.id)
    }

    @Test("mail can be held from the moment it is accepted")
    func heldAtAcceptance() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        var new = fixture.message()
        new.isHeld = true
        try await fixture.queue.accept(new)
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.items.withLock { $0.isEmpty })
        #expect(try await fixture.queue.totals().held == 1)
    }

    @Test("what is in hand is withdrawn, and is not handed out twice")
    func withdrawal() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        let item = try #require(try await fixture.take(1).first)
        #expect(!item.message.isWithdrawn)
        _ = try await fixture.queue.hold(.all)
        #expect(item.message.isWithdrawn)
        fixture.queue.putBack(item.message, [0])
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.items.withLock { $0.isEmpty })
        _ = try await fixture.queue.release(.all)
        let again = try #require(try await fixture.take(1).first)
        #expect(!again.message.isWithdrawn)
        #expect(fixture.items.withLock { $0.isEmpty })
    }

    @Test("an attempt that succeeds after the message was deleted changes no count")
    func deletionDuringAttempt() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        let item = try #require(try await fixture.take(1).first)
        #expect(try await fixture.queue.delete(.all) == 1)
        fixture.settle(item, .relayed)
        await fixture.drain()
        let ledger = try await fixture.queue.ledger()
        #expect(ledger[.discarded] == 1)
        #expect(ledger[.relayed] == 0)
        #expect(ledger.isBalanced)
    }

    @Test("flushing brings deferred mail forward, for all or for one domain")
    func flush() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message(["a@x.test", "b@y.test"]))
        for item in try await fixture.take(2) {
            fixture.settle(item, .deferred(for: .seconds(3_600), reply: "450 no"))
        }
        await fixture.drain()
        #expect(try await fixture.queue.totals().deferred == 2)
        #expect(try await fixture.queue.flush(QueueFilter(domain: Domain("x.test"))) == 1)
        let one = try #require(try await fixture.take(1).first)
        #expect(one.recipients.map(\.path.description) == ["a@x.test"])
        #expect(fixture.flushes.withLock { $0 } == 2)
        // Dead hosts were forgotten before the mail was handed out.
        #expect(fixture.flushesBefore.withLock { ($0.last ?? 0) >= 1 })
        #expect(try await fixture.queue.flush(.all) >= 1)
        #expect(try await fixture.take(1).first?.recipients.map(\.path.description) == ["b@y.test"])
    }

    @Test("requeueing begins anew, parked mail too")
    func requeue() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        let new = fixture.message()
        try await fixture.queue.accept(new)
        let item = try #require(try await fixture.take(1).first)
        fixture.settle(item, .deferred(for: .seconds(60), reply: "450 no"))
        await fixture.drain()
        try await fixture.queue.park(new.id, reason: "suspicious")
        #expect(fixture.events.withLock { $0 } == [.parked(new.id, reason: "suspicious")])
        let parked = try #require(try await fixture.queue.list(QueueFilter(state: .parked)).first)
        #expect(parked.recipients.map(\.reason) == ["suspicious"])
        #expect(try await fixture.queue.release(.all) == 0)
        #expect(try await fixture.queue.requeue(QueueFilter(message: new.id)) == 1)
        let again = try #require(try await fixture.take(1).first)
        #expect(again.recipients.map(\.attempts) == [0])
    }

    @Test("lists are filtered by every property")
    func filters() async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        let first = fixture.message(["a@x.test", "b@y.test"], sender: "One@s.test")
        let second = fixture.message(["c@y.test"], sender: nil)
        try await fixture.queue.accept(first)
        try await fixture.queue.accept(second)
        _ = try await fixture.queue.hold(QueueFilter(recipient: "B@y.test"))
        let table: [(QueueFilter, [String])] = [
            (.all, ["a@x.test", "b@y.test", "c@y.test"]),
            (QueueFilter(message: second.id), ["c@y.test"]),
            (QueueFilter(domain: Domain("y.test")), ["b@y.test", "c@y.test"]),
            (QueueFilter(state: .held), ["b@y.test"]),
            (QueueFilter(state: .queued, domain: Domain("y.test")), ["c@y.test"]),
            (QueueFilter(sender: "one@S.test"), ["a@x.test", "b@y.test"]),
            (QueueFilter(sender: ""), ["c@y.test"]),
            (QueueFilter(recipient: "nobody@x.test"), []),
        ]
        for (filter, expected) in table {
            let found = try await fixture.queue.list(filter).flatMap { $0.recipients.map(\.address) }
            #expect(found == expected, "\(filter)")
        }
        #expect(try await fixture.queue.list(limit: 1).count == 1)
        let destinations = try await fixture.queue.destinations()
        #expect(destinations.map(\.domain) == [Domain("y.test"), Domain("x.test")])
        #expect(destinations.map(\.queued) == [1, 1])
        #expect(destinations.map(\.held) == [1, 0])
        let totals = try await fixture.queue.totals()
        #expect(totals.oldest == first.receivedAt)
        #expect(totals.oldestAge(at: first.receivedAt + .seconds(90)) == .seconds(90))
        #expect(totals.oldestAge(at: first.receivedAt + .seconds(-90)) == .zero)
    }

    @Test("lesson 19: an operation on one of two messages that look alike touches only that one")
    func identifiersDecide() async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        let first = fixture.message()
        let second = fixture.message()
        try await fixture.queue.accept(first)
        try await fixture.queue.accept(second)
        #expect(try await fixture.queue.delete(QueueFilter(message: second.id)) == 1)
        #expect(try await fixture.queue.list().map(\.id) == [first.id])
    }

    @Test("lesson 25: a queue of 10,000 messages is listed whole and by filter")
    func largeLists() async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        let queue = fixture.queue
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<10_000 {
                let new = fixture.message(["user\(number)@d\(number % 100).test"])
                group.addTask { try await queue.accept(new) }
            }
            try await group.waitForAll()
        }
        #expect(try await queue.list(limit: 20_000).count == 10_000)
        #expect(try await queue.list(QueueFilter(domain: Domain("d7.test"))).count == 100)
        #expect(try await queue.list(QueueFilter(recipient: "user9999@d99.test")).count == 1)
        #expect(try await queue.destinations().count == 100)
        #expect(try await queue.totals().queued == 10_000)

        let one = try #require(try await queue.list(QueueFilter(recipient: "user17@d17.test")).first)
        let costs: [(QueueFilter, limit: Int, stepsMax: Int)] = [
            (QueueFilter(message: one.id), 1, 100),
            (.all, 1_000, 45_000),
            (.all, 20_000, 400_000),
            (QueueFilter(state: .parked), 1_000, 80_000),
            (QueueFilter(domain: Domain("d7.test")), 1_000, 90_000),
            (QueueFilter(recipient: "user9999@d99.test"), 1_000, 150_000),
        ]
        for (filter, limit, stepsMax) in costs {
            let steps = try await queue.shard.read { database in
                let before = database.stepCount
                _ = try MailQueue.list(filter, limit: limit, database)
                return database.stepCount - before
            }
            #expect(steps <= stepsMax, "\(steps) steps for \(filter)")
        }
    }
}
