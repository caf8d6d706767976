import MailTesting
import MailTypes
import NIOCore
import Storage
import Synchronization
import Testing

@testable import MailQueue

@Suite("What becomes of recipients", .timeLimit(.minutes(10)))
struct SettlingTests {
    @Test(
        "each end is counted once",
        arguments: [
            (RecipientOutcome.relayed, CustodyState.relayed), (.delivered, .delivered), (.bounced, .bounced),
            (.discarded, .discarded),
        ]
    )
    func ends(_ outcome: RecipientOutcome, _ state: CustodyState) async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message(["a@x.test", "b@y.test"]))
        for item in try await fixture.take(2) {
            fixture.settle(item, outcome)
            fixture.settle(item, outcome)
        }
        await fixture.drain()
        let ledger = try await fixture.queue.ledger()
        #expect(ledger[.accepted] == 2)
        #expect(ledger[state] == 2)
        #expect(ledger.isBalanced)
        #expect(try await fixture.queue.totals().messages == 0)
    }

    @Test("deferred mail comes back when its time has come, and not before")
    func deferred() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        let first = try #require(try await fixture.take(1).first)
        fixture.settle(first, .deferred(for: .seconds(60), reply: "451 4.7.1 later"))
        await fixture.drain()
        fixture.advance(.seconds(59))
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.items.withLock { $0.isEmpty })
        let listed = try #require(try await fixture.queue.list().first?.recipients.first)
        #expect(listed.lastReply == "451 4.7.1 later")
        #expect(listed.attempts == 1)
        #expect(listed.nextAttempt != nil)
        fixture.advance(.seconds(1))
        let second = try #require(try await fixture.take(1).first)
        #expect(second.recipients[0].attempts == 1)
        #expect(second.recipients[0].lastReply == "451 4.7.1 later")
        #expect(fixture.queue.age(of: second.message) == .seconds(60))
    }

    @Test("one recipient's delay does not hold up the others of its message")
    func mixed() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message(["a@x.test", "b@y.test", "c@z.test"]))
        let item = try #require(try await fixture.take(3).first)
        fixture.queue.settle(
            Settlement(
                item.message,
                [(0, .relayed), (1, .deferred(for: .seconds(300), reply: "450 busy")), (2, .parked(reason: "odd"))]
            )
        )
        await fixture.drain()
        let ledger = try await fixture.queue.ledger()
        #expect(ledger[.relayed] == 1)
        #expect(ledger[.queued] == 1)
        #expect(ledger[.parked] == 1)
        #expect(ledger.isBalanced)
        fixture.advance(.seconds(301))
        let again = try #require(try await fixture.take(1).first)
        #expect(again.recipients.map(\.ordinal) == [1])
    }

    @Test("a notice and the end of the recipients it is about are one transaction")
    func notices() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        let item = try #require(try await fixture.take(1).first)
        let notice = fixture.message(["alice@example.com"], sender: nil)
        fixture.queue.settle(Settlement(item.message, [(0, .bounced)], notices: [notice]))
        let handed = try #require(try await fixture.take(1).first)
        #expect(handed.message.id == notice.id)
        #expect(handed.message.sender.reversePath == .null)
        // The same again, as after a repeated attempt: the recipient is gone, so there is no second notice.
        let second = fixture.message(["alice@example.com"], sender: nil)
        fixture.queue.settle(Settlement(item.message, [(0, .bounced)], notices: [second]))
        await fixture.drain()
        #expect(try await fixture.queue.totals().messages == 1)
        let ledger = try await fixture.queue.ledger()
        #expect(ledger[.accepted] == 2)
        #expect(ledger[.bounced] == 1)
        #expect(ledger.isBalanced)
    }

    @Test("a notice whose identifier was given before is queued under the next")
    func noticeIdentifiers() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.queue.accept(fixture.message())
        let item = try #require(try await fixture.take(1).first)
        var notice = fixture.message(["alice@example.com"], sender: nil)
        notice.id = item.message.id
        fixture.queue.settle(
            Settlement(item.message, [(0, .deferred(for: .seconds(60), reply: "450"))], notices: [notice])
        )
        let handed = try #require(try await fixture.take(1).first)
        #expect(handed.message.id.rawValue == item.message.id.rawValue + 1)
    }

    @Test("an alias's targets get numbers that were never used")
    func expansion() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        var new = fixture.message(["team@here.test", "b@y.test"])
        new.recipients[0].notify = [.failure]
        try await fixture.queue.accept(new)
        let item = try #require(try await fixture.take(2).first)
        fixture.queue.settle(Settlement(item.message, [(1, .delivered)]))
        let targets = [
            ExpandedRecipient(path: item.recipients[0].path, account: AccountID(rawValue: 4), detail: "x"),
            ExpandedRecipient(path: .address(QueueFixture.address("far@away.test"))),
        ]
        fixture.queue.settle(Settlement(item.message, [(0, .expanded(targets))]))
        let expanded = try #require(try await fixture.take(2).first)
        #expect(expanded.recipients.map(\.ordinal) == [2, 3])
        #expect(expanded.recipients.map(\.account) == [AccountID(rawValue: 4), nil])
        #expect(expanded.recipients.map(\.notify) == [[.failure], [.failure]])
        let ledger = try await fixture.queue.ledger()
        #expect(ledger[.accepted] == 3)
        #expect(ledger.isBalanced)
    }

    @Test("the ledger balances after any order of operations", arguments: [1, 2, 3, 4] as [UInt64])
    func randomOperations(_ seed: UInt64) async throws {
        var options = MailQueueOptions()
        options.activeRecipientsMax = 20
        options.sliceMessagesMax = 5
        let fixture = try QueueFixture(options)
        defer { fixture.close() }
        var generator = SeededGenerator(seed: seed)
        for round in 0..<60 {
            try await Self.act(Int.random(in: 0..<9, using: &generator), fixture, &generator)
            if round % 20 == 19 { try fixture.reopen(options) }
        }
        await fixture.drain()
        let ledger = try await fixture.queue.ledger()
        #expect(ledger.isBalanced, "\(ledger)")
        #expect(try await fixture.queue.check().isEmpty)
    }

    private static func act(_ kind: Int, _ fixture: QueueFixture, _ generator: inout SeededGenerator) async throws {
        let items = fixture.items.withLock { items in
            defer { items = [] }
            return items
        }
        for item in items where !item.message.isWithdrawn {
            let outcomes: [RecipientOutcome] = [
                .relayed, .delivered, .bounced, .discarded, .deferred(for: .seconds(60), reply: "450"),
                .parked(reason: "r"), .postponed(for: .seconds(5), reason: "busy"),
            ]
            for recipient in item.recipients {
                let outcome = outcomes[Int.random(in: 0..<outcomes.count, using: &generator)]
                fixture.queue.settle(Settlement(item.message, [(recipient.ordinal, outcome)]))
            }
        }
        for item in items where item.message.isWithdrawn {
            fixture.queue.putBack(item.message, item.recipients.map(\.ordinal))
        }
        let domain = QueueFilter(domain: Domain(["x.test", "y.test"][Int.random(in: 0..<2, using: &generator)]))
        switch kind {
        case 0...2: try await fixture.queue.accept(fixture.message(["a@x.test", "b@y.test", "c@y.test"]))
        case 3: _ = try await fixture.queue.hold(domain)
        case 4: _ = try await fixture.queue.release(.all)
        case 5: _ = try await fixture.queue.flush(domain)
        case 6: _ = try await fixture.queue.requeue(domain)
        case 7: fixture.advance(.seconds(61))
        default:
            if let id = try await fixture.queue.list(limit: 1).first?.id {
                _ = try await fixture.queue.delete(QueueFilter(message: id))
            }
        }
    }
}
