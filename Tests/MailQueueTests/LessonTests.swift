import Foundation
import MailTesting
import MailTypes
import NIOCore
import Storage
import Synchronization
import Testing

@testable import MailQueue

@Suite("Lessons the queue was taught", .timeLimit(.minutes(10)))
struct QueueLessonTests {
    static let damages: [(StaticString, String)] = [
        ("UPDATE recipient SET domain = '' WHERE message = (SELECT min(id) FROM message)", "address"),
        ("UPDATE recipient SET domain = NULL WHERE message = (SELECT min(id) FROM message)", "no domain"),
        ("UPDATE recipient SET notify = 4096 WHERE message = (SELECT min(id) FROM message)", "NOTIFY"),
        ("UPDATE recipient SET attempts = -5 WHERE message = (SELECT min(id) FROM message)", "attempts"),
        ("UPDATE message SET body = NULL WHERE id = (SELECT min(id) FROM message)", "no body"),
        ("UPDATE message SET octets = octets + 1 WHERE id = (SELECT min(id) FROM message)", "octets"),
        ("UPDATE message SET options = 99 WHERE id = (SELECT min(id) FROM message)", "options"),
        ("UPDATE message SET sender_domain = NULL WHERE id = (SELECT min(id) FROM message)", "sender"),
        ("UPDATE message SET body_file = 'gone' WHERE id = (SELECT min(id) FROM message)", "missing"),
        ("DELETE FROM message WHERE id = (SELECT min(id) FROM message)", "missing"),
    ]

    @Test("lesson 4: a record that cannot be decoded is parked with a reason and the rest flows", arguments: damages)
    func undecodable(_ damage: StaticString, _ reason: String) async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        let bad = fixture.message()
        try await fixture.queue.accept(bad)
        for _ in 0..<5 { try await fixture.queue.accept(fixture.message()) }
        try await fixture.queue.shard.write(.durable) { try $0.statement(damage).run() }
        #expect(try await !fixture.queue.check().isEmpty)
        fixture.start()
        let items = try await fixture.take(5)
        #expect(items.count == 5)
        #expect(!items.contains { $0.message.id == bad.id })
        try await fixture.wait { !fixture.events.withLock { $0.isEmpty } }
        let parked = try #require(try await fixture.queue.list(QueueFilter(state: .parked)).first)
        #expect(parked.id == bad.id)
        #expect(parked.recipients[0].reason?.contains(reason) == true, "\(parked.recipients[0].reason ?? "")")
    }

    @Test("lesson 4: a body that cannot be read now is tried again later and the rest flows")
    func unreadableBody() async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        let spool = try Spool.open(folder: fixture.folder.path("spool"))
        var bad = fixture.message()
        bad.content = .file(try await spooled(200_000, in: spool))
        try await fixture.queue.accept(bad)
        for _ in 0..<5 { try await fixture.queue.accept(fixture.message()) }
        let bodies = fixture.queue.shard.bodies
        let path = bodies.path(of: try #require(bodies.all().first))
        // A name that leads to itself cannot be opened, whoever tries.
        try FileManager.default.moveItem(atPath: path, toPath: "\(path).aside")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
        fixture.start()
        let items = try await fixture.take(5)
        #expect(!items.contains { $0.message.id == bad.id })
        try await fixture.wait { !fixture.events.withLock { $0.isEmpty } }
        let told = fixture.events.withLock { events in
            events.contains { event in
                if case .bodyUnreadable(bad.id, let reason) = event { reason.contains(path) } else { false }
            }
        }
        #expect(told)
        #expect(try await fixture.queue.check().map(\.message) == [bad.id])

        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: "\(path).aside", toPath: path)
        try await fixture.wait {
            try await fixture.queue.list(QueueFilter(message: bad.id)).first?.recipients.first?.nextAttempt != nil
        }
        fixture.advance(.seconds(301))
        #expect(try await fixture.take(1).map(\.message.id) == [bad.id])
    }

    @Test(
        "lesson 5: a message whose stage crashes or times out three times is parked, and start-up does not loop on it"
    )
    func faults() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        let bad = fixture.message()
        let good = fixture.message()
        try await fixture.queue.accept(bad)
        try await fixture.queue.accept(good)
        for round in 1...3 {
            _ = try await fixture.take(2)
            #expect(try await fixture.queue.recordFault(bad.id, reason: "it crashed a stage") == (round == 3))
            try fixture.reopen()
        }
        let items = try await fixture.take(1)
        #expect(items.map(\.message.id) == [good.id])
        let parked = try #require(try await fixture.queue.list(QueueFilter(state: .parked)).first)
        #expect(parked.recipients.map(\.reason) == ["it crashed a stage"])
    }

    @Test(
        "lesson 15: setting the clock moves the schedule with it",
        arguments: [3_600, -3_600, 86_400 * 30, -86_400 * 30]
    )
    func clockSteps(_ seconds: Int) async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        let item = try #require(try await fixture.take(1).first)
        fixture.settle(item, .deferred(for: .seconds(600), reply: "450 no"))
        await fixture.drain()
        fixture.step(.seconds(seconds))
        #expect(fixture.events.withLock { $0 } == [.clockStepped(.seconds(seconds))])
        fixture.advance(.seconds(590))
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.items.withLock { $0.isEmpty })
        fixture.advance(.seconds(11))
        let again = try #require(try await fixture.take(1).first)
        #expect(fixture.queue.age(of: again.message) == .seconds(601))
    }

    @Test(
        "lesson 15: mail that comes as the clock is set ages from then on",
        arguments: [3_600, -3_600, 86_400 * 30, -86_400 * 30]
    )
    func clockStepsMeanwhile(_ seconds: Int) async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        let before = fixture.message()
        fixture.clock.advance(by: .seconds(seconds))
        let after = fixture.message()
        for message in [before, after] { try await fixture.queue.accept(message) }
        fixture.queue.tick()
        for item in try await fixture.take(2) { fixture.settle(item, .deferred(for: .seconds(600), reply: "450 no")) }
        await fixture.drain()
        fixture.advance(.seconds(601))
        let ages = try await fixture.take(2).map { fixture.queue.age(of: $0.message) }
        #expect(ages == [.seconds(601), .seconds(601)])
        #expect(fixture.events.withLock { $0 } == [.clockStepped(.seconds(seconds))])
    }

    @Test("lesson 15: a clock that was wrong when the times were written makes nobody wait for years")
    func wrongClockBefore() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        fixture.step(.seconds(86_400 * 3_650))
        try await fixture.queue.accept(fixture.message())
        let item = try #require(try await fixture.take(1).first)
        fixture.settle(item, .deferred(for: .seconds(600), reply: "450 no"))
        await fixture.drain()
        fixture.queue.close()
        fixture.clock.advance(by: .seconds(-86_400 * 3_650))
        try fixture.reopen()
        fixture.advance(.seconds(4 * 3_600 + 1))
        let again = try #require(try await fixture.take(1).first)
        #expect(fixture.queue.age(of: again.message) <= .seconds(4 * 3_600 + 1))
    }

    @Test("lesson 26: waiting mail and no progress raises one alarm, which progress ends")
    func progressAlarm() async throws {
        var options = MailQueueOptions()
        options.progressAlarmAfter = .seconds(60)
        let fixture = try QueueFixture(options)
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        let item = try #require(try await fixture.take(1).first)
        fixture.advance(.seconds(59))
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.events.withLock { $0.isEmpty })
        fixture.advance(.seconds(2))
        try await fixture.wait { fixture.events.withLock { $0.count } == 1 }
        fixture.advance(.seconds(600))
        try await Task.sleep(for: .milliseconds(50))
        let events = fixture.events.withLock { $0 }
        #expect(events.count == 1)
        guard case .noProgress(waiting: 1, since: _)? = events.first else {
            Issue.record("no alarm: \(events)")
            return
        }
        fixture.settle(item, .relayed)
        try await fixture.wait { fixture.events.withLock { $0.last } == .progressResumed }
    }

    @Test("lesson 26: an empty queue raises no alarm however long nothing happens")
    func quietQueue() async throws {
        var options = MailQueueOptions()
        options.progressAlarmAfter = .seconds(60)
        let fixture = try QueueFixture(options)
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        fixture.settle(try #require(try await fixture.take(1).first), .relayed)
        await fixture.drain()
        fixture.advance(.seconds(3_600))
        try await fixture.queue.accept(fixture.message())
        _ = try await fixture.take(1)
        fixture.advance(.seconds(30))
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.events.withLock { $0.isEmpty })
    }
}

func spooled(_ octets: Int, in spool: Spool) async throws -> SpoolFile {
    let writer = spool.begin()
    writer.append(ByteBuffer(repeating: UInt8(ascii: "x"), count: octets)) { _ in }
    return try await withCheckedThrowingContinuation { continuation in
        writer.finish { continuation.resume(with: $0) }
    }
}
