import Foundation
import IMAPWire
import MailStore
import MailTypes
import NIOCore
import Storage
import Testing

@testable import IMAPServer

@Suite("what the client knows of a mailbox", .serialized)
struct MailboxViewTests {
    /// A store with one mailbox, without a server.
    struct Bench {
        let folder = TestSite.makeFolder()
        let store: MailStore
        let account = AccountID(rawValue: 1)
        let live: LiveMailbox

        init(messages: Int) async throws {
            self.store = try MailStore.open(folder: self.folder, shards: 1, clock: SystemClock())
            try await self.store.createAccount(self.account)
            guard let inbox = try await self.store.mailbox(named: .inbox, of: self.account) else {
                throw TestSite.Missing(what: "INBOX")
            }
            self.live = try await self.store.open(inbox.id, of: self.account)
            try await self.add(messages)
        }

        func add(_ count: Int) async throws {
            let message = NewMessage(
                content: .inline(ByteBuffer(string: "a: b\r\n\r\n")),
                internalDate: SystemClock().now
            )
            guard count > 0 else { return }
            _ = try await self.store.append(Array(repeating: message, count: count), to: self.live.id, of: self.account)
        }

        func flag(_ uids: [UInt32]) async throws {
            _ = try await self.store.changeFlags(
                FlagChange(.add, flags: .flagged),
                of: uids.map { UID(rawValue: $0) },
                in: self.live.id,
                of: self.account
            )
        }

        func expunge(_ uids: [UInt32]) async throws {
            let uids = uids.map { UID(rawValue: $0) }
            let deleted = FlagChange(.add, flags: .deleted)
            _ = try await self.store.changeFlags(deleted, of: uids, in: self.live.id, of: self.account)
            _ = try await self.store.expunge(uids: uids, in: self.live.id, of: self.account)
        }

        func close() {
            self.store.close()
            try? FileManager.default.removeItem(atPath: self.folder)
        }
    }

    @Test("arrivals, flags and expunges are found between two states")
    func advance() async throws {
        let bench = try await Bench(messages: 5)
        defer { bench.close() }
        var view = MailboxView(try await bench.live.state())
        #expect(view.advance(to: try await bench.live.state()).isEmpty)
        try await bench.flag([4])
        try await bench.expunge([1, 3])
        try await bench.add(1)
        let delta = view.advance(to: try await bench.live.state())
        #expect(delta.hasArrivals)
        #expect(delta.flagChanges.map { view.sequenceNumber(at: $0) } == [4])
        #expect(view.count == 6)
        #expect(view.ghosts.map(\.rawValue) == [1, 3])
        #expect(view.takeExpunges() == [3, 1])
        #expect(view.count == 4)
    }

    @Test("ghosts keep the numbers of the messages behind them")
    func ghosts() async throws {
        let bench = try await Bench(messages: 6)
        defer { bench.close() }
        var view = MailboxView(try await bench.live.state())
        try await bench.expunge([2, 3, 6])
        _ = view.advance(to: try await bench.live.state())
        #expect((0..<3).map { view.sequenceNumber(at: $0) } == [1, 4, 5])
        #expect(view.entries(numbered: 1...6).indices == 0..<3)
        #expect(view.entries(numbered: 1...6).ghosts == 3)
        #expect(view.entries(numbered: 2...3).indices.isEmpty)
        #expect(view.entries(numbered: 3...4).indices == 1..<2)
        #expect(view.entries(numbered: 6...6).ghosts == 1)
        try await bench.expunge([1])
        _ = view.advance(to: try await bench.live.state())
        #expect(view.ghosts.map(\.rawValue) == [1, 2, 3, 6])
        #expect(view.takeExpunges() == [6, 3, 2, 1])
    }

    @Test("a view is rebuilt from what SELECT told and the change log")
    func rebuilt() async throws {
        let bench = try await Bench(messages: 5)
        defer { bench.close() }
        let summary = bench.live.summary
        let told = ToldCounters(
            messages: summary.messages,
            uidNext: summary.uidNext,
            highestModSeq: summary.highestModSeq
        )
        try await bench.expunge([2])
        try await bench.flag([5])
        try await bench.add(2)
        try await bench.expunge([6])
        let state = try await bench.live.state()
        let expunged = try #require(try await bench.live.changes(since: told.highestModSeq)).expunged
        let rebuilt = try #require(MailboxView.rebuilt(told: told, now: state, expunged: expunged))
        #expect(rebuilt.view.count == 6)
        #expect(rebuilt.view.ghosts.map(\.rawValue) == [2])
        #expect(rebuilt.delta.hasArrivals)
        #expect(rebuilt.delta.flagChanges.map { rebuilt.view.sequenceNumber(at: $0) } == [5])
        #expect(MailboxView.rebuilt(told: told, now: state, expunged: []) == nil)
    }

    @Test("sets of numbers and UIDs find their messages")
    func selection() async throws {
        let bench = try await Bench(messages: 5)
        defer { bench.close() }
        try await bench.expunge([2])
        let view = MailboxView(try await bench.live.state())
        func uids(_ numbering: Numbering, _ first: SequenceSet.Bound, _ last: SequenceSet.Bound) throws -> [UInt32] {
            let set = MessageSet.numbers(SequenceSet(ranges: [SequenceSet.Range(first, last)]))
            return try MessageSelection(set, numbering, in: view, saved: []).uids(in: view.state).map(\.rawValue)
        }
        #expect(try uids(.uid, .number(2), .number(3)) == [3])
        #expect(try uids(.uid, .number(4), .highest) == [4, 5])
        #expect(try uids(.uid, .number(99), .highest) == [5])
        #expect(try uids(.uid, .number(99), .number(.max)) == [])
        #expect(try uids(.sequence, .number(2), .highest) == [3, 4, 5])
        #expect(try uids(.sequence, .highest, .highest) == [5])
        #expect(throws: Reply.self) { try uids(.sequence, .number(5), .number(5)) }
        let last = MessageSet.numbers(SequenceSet(ranges: [SequenceSet.Range(.number(3), .highest)]))
        let earlier = try MessageSelection(last, .sequence, in: view, saved: [])
        try await bench.add(2)
        try await bench.expunge([4])
        let later = MailboxView(try await bench.live.state())
        let same = MessageSelection(earlier, in: view.state, now: later.state)
        #expect(same.uids(in: later.state).map(\.rawValue) == [5], "what came since is not what * named")
        #expect(same.touchesGhosts && !earlier.touchesGhosts)
        let saved = try MessageSelection(.saved, .sequence, in: view, saved: [3...3, 5...9])
        #expect(saved.uids(in: view.state).map(\.rawValue) == [3, 5])
    }
}
