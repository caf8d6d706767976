import MailTesting
import MailTypes
import Storage
import Synchronization
import Testing

@testable import MailQueue

/// Each recipient's domain is a destination here; nothing is settled but by the tests.
@Suite("A destination that takes its mail slowly", .timeLimit(.minutes(10)))
struct SlowDestinationTests {
    private static var options: MailQueueOptions {
        var options = MailQueueOptions()
        options.activeRecipientsMax = 40
        options.sliceMessagesMax = 8
        return options
    }

    private static func fill(_ fixture: QueueFixture, _ domain: String, _ count: Int) async throws -> [TimeSortedID] {
        let messages = (0..<count).map { fixture.message(["user\($0)@\(domain)"]) }
        // Together, as they share the disk's syncs then.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for message in messages { group.addTask { try await fixture.queue.accept(message) } }
            try await group.waitForAll()
        }
        return messages.map(\.id)
    }

    /// Waits until a message for the domain was handed out, and takes what was.
    private static func take(_ fixture: QueueFixture, _ domain: String) async throws -> [QueueItem] {
        try await fixture.wait { fixture.items.withLock { $0.contains { $0.isFor(domain) } } }
        return fixture.items.withLock { items in
            defer { items.removeAll { $0.isFor(domain) } }
            return items.filter { $0.isFor(domain) }
        }
    }

    @Test("it leaves room in memory, and mail for others is handed out as it comes")
    func others() async throws {
        let fixture = try QueueFixture(Self.options, hasDestinations: true)
        defer { fixture.close() }
        try await fixture.wait { fixture.queue.isHandingOutDirectly }
        _ = try await Self.fill(fixture, "slow.example", 300)
        let ids = try await Self.fill(fixture, "other.example", 1)
        #expect(try await Self.take(fixture, "other.example").map(\.message.id) == ids)
        #expect(try await fixture.queue.totals().active <= 22)
        #expect(fixture.queue.isHandingOutDirectly)
    }

    @Test("however many there are, some room is left")
    func many() async throws {
        var options = Self.options
        options.activeRecipientsMax = 400
        let fixture = try QueueFixture(options, hasDestinations: true)
        defer { fixture.close() }
        try await fixture.wait { fixture.queue.isHandingOutDirectly }
        for number in 0..<12 { _ = try await Self.fill(fixture, "slow\(number).example", number == 0 ? 250 : 100) }
        let ids = try await Self.fill(fixture, "other.example", 1)
        #expect(try await Self.take(fixture, "other.example").map(\.message.id) == ids)
        for number in 0..<12 { #expect(try await !Self.take(fixture, "slow\(number).example").isEmpty) }
        #expect(try await fixture.queue.totals().active < 380)
    }

    @Test("after a restart its backlog is read past, and what came later for others is handed out")
    func restart() async throws {
        let fixture = try QueueFixture(Self.options, isStarted: false, hasDestinations: true)
        defer { fixture.close() }
        _ = try await Self.fill(fixture, "slow.example", 10_000)
        let ids = try await Self.fill(fixture, "other.example", 1)
        try fixture.reopen()
        #expect(try await Self.take(fixture, "other.example").map(\.message.id) == ids)
        #expect(try await fixture.queue.totals().active <= 22)
    }

    @Test("its own mail comes in order and once, and there is always some in hand")
    func order() async throws {
        let fixture = try QueueFixture(Self.options, hasDestinations: true)
        defer { fixture.close() }
        let ids = try await Self.fill(fixture, "slow.example", 300)
        var handedOut: [TimeSortedID] = []
        while handedOut.count < ids.count {
            for item in try await Self.take(fixture, "slow.example") {
                handedOut.append(item.message.id)
                fixture.settle(item, .relayed)
            }
        }
        #expect(Set(handedOut) == Set(ids) && handedOut.count == ids.count)
        // What was accepted at the same time may come in any order; what waited on disk comes as it is there.
        #expect(Array(handedOut.dropFirst(40)) == handedOut.dropFirst(40).sorted())
        await fixture.drain()
        #expect(try await fixture.queue.ledger()[.relayed] == 300)
        // Nothing is passed over any more, so that what comes now is handed out from memory.
        try await fixture.wait { fixture.queue.state.withLock { !$0.backlogs.needsRefill($0.active.shares) } }
        let later = try await Self.fill(fixture, "slow.example", 1)
        #expect(try await Self.take(fixture, "slow.example").map(\.message.id) == later)
    }

    @Test("its deferred mail does not keep back the deferred mail of others")
    func deferred() async throws {
        let fixture = try QueueFixture(Self.options, hasDestinations: true)
        defer { fixture.close() }
        var left = try await Set(Self.fill(fixture, "slow.example", 100))
        while !left.isEmpty {
            for item in try await Self.take(fixture, "slow.example") {
                left.remove(item.message.id)
                fixture.settle(item, .deferred(for: .seconds(60), reply: "451 later"))
            }
        }
        let ids = try await Self.fill(fixture, "other.example", 1)
        let item = try #require(try await Self.take(fixture, "other.example").first)
        fixture.settle(item, .deferred(for: .seconds(61), reply: "451 later"))
        await fixture.drain()
        fixture.advance(.seconds(120))
        #expect(try await Self.take(fixture, "other.example").map(\.message.id) == ids)
        #expect(try await fixture.queue.totals().active <= 22)
    }

    @Test("a message for it and for others goes to the others now")
    func both() async throws {
        let fixture = try QueueFixture(Self.options, hasDestinations: true)
        defer { fixture.close() }
        _ = try await Self.fill(fixture, "slow.example", 60)
        let new = fixture.message(["a@slow.example", "b@other.example", "c@slow.example"])
        try await fixture.queue.accept(new)
        let item = try #require(try await Self.take(fixture, "other.example").first)
        #expect(item.recipients.map(\.ordinal) == [1])
        fixture.settle(item, .relayed)
        var ordinals: [Int] = []
        while ordinals.isEmpty {
            for item in try await Self.take(fixture, "slow.example") {
                if item.message.id == new.id { ordinals = item.recipients.map(\.ordinal) }
                fixture.settle(item, .relayed)
            }
        }
        #expect(ordinals == [0, 2])
        await fixture.drain()
        #expect(try await fixture.queue.totals().messages == 0)
    }
}

extension QueueItem {
    fileprivate func isFor(_ domain: String) -> Bool {
        self.recipients.contains { $0.path.domainName == domain }
    }
}

extension ForwardPath {
    var domainName: String? {
        if case .address(let address) = self { address.domain.name } else { nil }
    }
}
