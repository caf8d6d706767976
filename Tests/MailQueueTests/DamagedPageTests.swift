import MailTesting
import MailTypes
import Storage
import Synchronization
import Testing

@testable import MailQueue

@Suite("a queue with a damaged page", .timeLimit(.minutes(10)))
struct DamagedPageTests {
    /// Ten or so recipients fill a page.
    private static func recipient(_ number: Int) -> String {
        "r\(number)-\(String(repeating: "x", count: 300))@example.org"
    }

    /// Sixty messages, and what is damaged of them.
    private static func fixture(
        isDeferred: Bool,
        _ breakPage: (QueueFixture) throws -> Void
    ) async throws -> (QueueFixture, [TimeSortedID]) {
        let fixture = try QueueFixture(isStarted: isDeferred)
        var identifiers: [TimeSortedID] = []
        for number in 0..<60 {
            let message = fixture.message([Self.recipient(number)])
            identifiers.append(message.id)
            try await fixture.queue.accept(message)
        }
        if isDeferred {
            for item in try await fixture.take(60) { fixture.settle(item, .deferred(for: .seconds(20), reply: "450")) }
        }
        fixture.queue.close()
        try breakPage(fixture)
        try fixture.reopen()
        return (fixture, identifiers)
    }

    @Test(
        "lesson 4: only the recipients on a damaged page are missing, and what comes later flows",
        arguments: [false, true]
    )
    func recipients(isDeferred: Bool) async throws {
        let (fixture, identifiers) = try await Self.fixture(isDeferred: isDeferred) { fixture in
            try fixture.folder.breakPage(of: "queue/queue.db", with: Array(Self.recipient(30).utf8))
        }
        defer { fixture.close() }
        #expect(try await fixture.queue.check().contains { $0.message == identifiers[30] })
        fixture.advance(.seconds(61))
        let items = try await fixture.take(40)
        let found = Set(items.map(\.message.id))
        #expect(found.isSuperset(of: identifiers.prefix(15)) && found.isSuperset(of: identifiers.suffix(15)))
        #expect(!found.contains(identifiers[30]))
        try await fixture.wait { fixture.events.withLock { $0.contains { Self.isUnreadable($0, identifiers[30]) } } }

        for _ in 0..<5 { fixture.advance(.seconds(61)) }
        let later = fixture.message(["later@example.org"])
        try await fixture.queue.accept(later)
        try await fixture.wait { fixture.items.withLock { $0.contains { $0.message.id == later.id } } }
        let told = fixture.events.withLock { $0 }
        #expect(told.count { if case .storageFailing = $0 { true } else { false } } == 1)
        #expect(told.count { Self.isUnreadable($0, identifiers[30]) } == 1)
    }

    @Test("lesson 4: the newest message is known though its page is damaged")
    func newest() async throws {
        let mark = "here lies the page that is damaged"
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        for _ in 0..<20 {
            try await fixture.queue.accept(fixture.message(text: String(repeating: "filling", count: 200)))
        }
        let last = fixture.message(text: mark)
        try await fixture.queue.accept(last)
        fixture.queue.close()
        try fixture.folder.breakPage(of: "queue/queue.db", with: Array(mark.utf8))
        try fixture.reopen(isStarted: false)
        #expect(try fixture.queue.newestIdentifier() == last.id)
    }

    @Test("lesson 4: mail flows where the schedule cannot be read")
    func schedule() async throws {
        let (fixture, identifiers) = try await Self.fixture(isDeferred: true) { fixture in
            let again = try MailQueue.open(folder: fixture.folder.path("queue"), clock: fixture.clock)
            let page = try again.shard.readNow {
                try $0.integer("SELECT rootpage FROM sqlite_schema WHERE name = 'recipient_due'")
            }
            again.close()
            try fixture.folder.breakPage(page, of: "queue/queue.db")
        }
        defer { fixture.close() }
        // The first look is too early for them.
        try await fixture.wait { fixture.events.withLock { !$0.isEmpty } }
        fixture.advance(.seconds(30))
        #expect(try await Set(fixture.take(60).map(\.message.id)) == Set(identifiers))
        let later = fixture.message()
        try await fixture.queue.accept(later)
        #expect(try await fixture.take(1).map(\.message.id) == [later.id])
    }

    private static func isUnreadable(_ event: QueueEvent, _ id: TimeSortedID) -> Bool {
        if case .bodyUnreadable(id, _) = event { true } else { false }
    }
}
