import MailTesting
import MailTypes
import Storage
import Synchronization
import Testing

@testable import MailQueue

/// Whatever happens in whatever order, each recipient is in one pair of hands at a time and comes to its end once.
@Suite("Backlogs of several destinations, at random", .timeLimit(.minutes(10)))
struct BacklogModelTests {
    private struct Key: Hashable {
        let id: TimeSortedID
        let ordinal: Int
    }

    private struct Model {
        let fixture: QueueFixture
        var random: SeededGenerator
        var accepted = 0
        var inHand: [Key: QueuedMessage] = [:]
        var relayed: Set<Key> = []

        mutating func accept() async throws {
            for _ in 0..<Int.random(in: 1...30, using: &self.random) {
                let recipients = (0..<Int.random(in: 1...3, using: &self.random)).map { number in
                    "user\(number)@d\(Int.random(in: 0...5, using: &self.random)).example"
                }
                try await self.fixture.queue.accept(self.fixture.message(recipients))
                self.accepted += recipients.count
            }
        }

        mutating func take() {
            let items = self.fixture.items.withLock { items in
                defer { items = [] }
                return items
            }
            for item in items {
                for recipient in item.recipients {
                    let key = Key(id: item.message.id, ordinal: recipient.ordinal)
                    #expect(self.inHand[key] == nil, "handed out twice")
                    #expect(!self.relayed.contains(key), "handed out after its end")
                    self.inHand[key] = item.message
                }
            }
        }

        mutating func settle(all: Bool) {
            self.take()
            let ordered = self.inHand.sorted { ($0.key.id, $0.key.ordinal) < ($1.key.id, $1.key.ordinal) }
            for (key, message) in ordered where all || Bool.random(using: &self.random) {
                self.inHand[key] = nil
                switch all ? 0 : Int.random(in: 0...9, using: &self.random) {
                case 0...5:
                    self.relayed.insert(key)
                    self.fixture.queue.settle(Settlement(message, [(key.ordinal, .relayed)]))
                case 6...8:
                    let delay = Duration.seconds(Int.random(in: 1...100, using: &self.random))
                    let outcome = RecipientOutcome.deferred(for: delay, reply: "451 later")
                    self.fixture.queue.settle(Settlement(message, [(key.ordinal, outcome)]))
                default: self.fixture.queue.putBack(message, [key.ordinal])
                }
            }
        }

        mutating func reopen() async throws {
            await self.fixture.drain()
            self.fixture.queue.close()
            self.fixture.items.withLock { $0 = [] }
            self.inHand = [:]
            try self.fixture.reopen()
        }
    }

    @Test("nothing is lost, handed out twice or forgotten on disk", arguments: 1...12)
    func everythingEnds(_ seed: UInt64) async throws {
        var options = MailQueueOptions()
        options.activeRecipientsMax = 24
        options.sliceMessagesMax = 6
        let fixture = try QueueFixture(options, hasDestinations: true)
        defer { fixture.close() }
        var model = Model(fixture: fixture, random: SeededGenerator(seed: seed))
        for _ in 0..<60 {
            switch Int.random(in: 0...9, using: &model.random) {
            case 0...3: try await model.accept()
            case 4...6: model.settle(all: false)
            case 7: fixture.advance(.seconds(Int.random(in: 1...90, using: &model.random)))
            case 8: _ = try await fixture.queue.flush(.all)
            default: if Int.random(in: 0...3, using: &model.random) == 0 { try await model.reopen() }
            }
            #expect(fixture.queue.state.withLock { $0.active.recipients } <= 24 + 3)
        }
        try await fixture.wait {
            model.settle(all: true)
            await fixture.drain()
            fixture.advance(.seconds(30))
            return try await fixture.queue.totals().messages == 0
        }
        #expect(model.relayed.count == model.accepted)
        #expect(try await fixture.queue.ledger()[.relayed] == model.accepted)
        #expect(fixture.queue.state.withLock { $0.active.isEmpty && $0.active.octets == 0 })
        #expect(try await fixture.queue.check().isEmpty)
    }
}
