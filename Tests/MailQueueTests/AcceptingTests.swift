import Glibc
import MailTesting
import MailTypes
import NIOCore
import Storage
import Synchronization
import Testing

@testable import MailQueue

@Suite("Taking mail into the queue", .timeLimit(.minutes(10)))
struct AcceptingTests {
    @Test("an accepted message is handed out with its body still in memory")
    func handedOut() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        try await fixture.wait { await Self.isDirect(fixture) }
        var new = fixture.message(["bob@example.org", "carol@example.net"])
        new.sender.dsnReturn = .headers
        new.sender.envelopeID = "QQ+2B1"
        new.recipients[1].notify = [.success, .delay]
        new.recipients[1].originalRecipient = "rfc822;carol@example.net"
        new.origin = MessageOrigin(authenticatedUser: "alice", peer: "192.0.2.1", session: TimeSortedID(rawValue: 7))
        try await fixture.queue.accept(new)
        let items = try await fixture.take(2)
        #expect(items.count == 1)
        let item = try #require(items.first)
        #expect(item.message.id == new.id)
        #expect(item.message.sender == new.sender)
        #expect(item.message.origin == new.origin)
        #expect(item.recipients.map(\.path) == new.recipients.map(\.path))
        #expect(item.recipients[1].notify == [.success, .delay])
        guard case .inline(let text) = item.message.content else {
            Issue.record("the body is not in memory")
            return
        }
        #expect(String(buffer: text) == "Subject: hello\r\n\r\nworld\r\n")
    }

    /// The first look at the disk has ended, so that fresh mail is handed out directly.
    static func isDirect(_ fixture: QueueFixture) async -> Bool {
        fixture.queue.isHandingOutDirectly
    }

    @Test("what is read back after a restart is what was accepted")
    func survivesRestart() async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        var new = fixture.message(["bob@example.org", "\"odd name\"@example.org"], sender: nil)
        new.sender.isEightBit = true
        new.sender.isInternationalized = true
        new.sender.dsnReturn = .full
        new.recipients[0].notify = .never
        new.recipients[0].originalRecipient = "rfc822;x"
        new.origin = MessageOrigin(authenticatedUser: nil, peer: "2001:db8::1", session: nil)
        new.recipients.append(EnvelopeRecipient(path: .postmaster))
        new.firstOrdinal = 3
        try await fixture.queue.accept(new)
        try fixture.reopen()
        let item = try #require(try await fixture.take(3).first)
        #expect(item.message.sender == new.sender)
        #expect(item.message.origin == new.origin)
        #expect(item.message.receivedAt == new.receivedAt)
        #expect(item.recipients.map(\.path) == new.recipients.map(\.path))
        #expect(item.recipients.map(\.ordinal) == [3, 4, 5])
        #expect(item.recipients[0].notify == .never)
        #expect(item.recipients[0].originalRecipient == "rfc822;x")
        #expect(try item.message.content.withBytes { $0.count } == new.content.octets)
    }

    @Test("a large body is a file as long as its message is queued, and no longer")
    func fileBodies() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        let spool = try Spool.open(folder: fixture.folder.path("spool"))
        var new = fixture.message()
        new.content = .file(try await spooled(300_000, in: spool))
        let octets = new.content.octets
        try await fixture.queue.accept(new)
        new.content.discard()
        #expect(fixture.queue.shard.bodies.all().count == 1)
        let item = try #require(try await fixture.take(1).first)
        #expect(try item.message.content.withBytes { $0.count } == octets)
        #expect(try await fixture.queue.check().isEmpty)
        try fixture.reopen()
        let again = try #require(try await fixture.take(1).first)
        #expect(try again.message.content.withBytes { $0.count } == octets)
        fixture.settle(again, .relayed)
        await fixture.drain()
        // It goes when the end of its message is on the disk, and with the next message that is so at the latest.
        try await fixture.queue.accept(fixture.message())
        #expect(fixture.queue.shard.bodies.all().isEmpty)
        fixture.settle(try #require(try await fixture.take(1).first), .relayed)
        await fixture.drain()
        #expect(try await fixture.queue.check().isEmpty)
        #expect(try await fixture.queue.totals().messages == 0)
    }

    @Test("memory is bounded, and what does not fit follows from disk in order")
    func boundedMemory() async throws {
        var options = MailQueueOptions()
        options.activeRecipientsMax = 10
        options.sliceMessagesMax = 4
        let fixture = try QueueFixture(options)
        defer { fixture.close() }
        for _ in 0..<50 { try await fixture.queue.accept(fixture.message()) }
        var seen: [TimeSortedID] = []
        while seen.count < 50 {
            let items = try await fixture.take(1)
            #expect(try await fixture.queue.totals().active <= 12)
            for item in items {
                seen.append(item.message.id)
                fixture.settle(item, .relayed)
            }
        }
        await fixture.drain()
        #expect(Set(seen).count == 50)
        #expect(try await fixture.queue.totals().messages == 0)
        #expect(try await fixture.queue.ledger()[.relayed] == 50)
    }

    @Test("two runs after a restart hand out each recipient once")
    func noDuplicates() async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        for _ in 0..<30 { try await fixture.queue.accept(fixture.message(["a@x.test", "b@y.test"])) }
        try fixture.reopen()
        var count = 0
        for item in try await fixture.take(60) {
            count += item.recipients.count
            fixture.settle(item, .relayed)
        }
        await fixture.drain()
        fixture.queue.tick()
        try fixture.reopen()
        #expect(count == 60)
        #expect(fixture.items.withLock { $0.isEmpty })
        #expect(try await fixture.queue.ledger().isBalanced)
    }

    /// Whoever handed the message over is told that it was not taken and sends it again; should it be here after all,
    /// it is whole. Of the descriptors by which the log is open one after the other fails, that by which it is synced
    /// among them, until one fails with the message written: a lazy sync of what came before may be first.
    @Test("after a failed sync a large body stays, as its message may be there")
    func failedSync() async throws {
        var isAnyRefusedAndHere = false
        for round in 0..<200 {
            let fixture = try QueueFixture()
            defer { fixture.close() }
            try await fixture.queue.accept(fixture.message())
            var new = fixture.message()
            new.content = .file(try await spooled(300_000, in: try Spool.open(folder: fixture.folder.path("spool"))))
            let logs = Self.descriptors(of: fixture.folder.path("queue/queue.db-wal"))
            guard round < logs.count || !isAnyRefusedAndHere else { break }
            try Self.breakDescriptor(logs[round % logs.count])
            let isTaken: Void? = try? await fixture.queue.accept(new)
            try fixture.reopen()
            let isHere = try await fixture.queue.list(QueueFilter(message: new.id)).count == 1
            #expect(try await fixture.queue.check() == [])
            #expect(isTaken == nil || isHere)
            isAnyRefusedAndHere = isAnyRefusedAndHere || isTaken == nil && isHere
        }
        #expect(isAnyRefusedAndHere)
    }

    private static func descriptors(of path: String) -> [Int32] {
        FileSystem.names(in: "/proc/self/fd").compactMap { Int32($0) }.filter { number in
            var target = [CChar](repeating: 0, count: 1_024)
            let count = unsafe readlink("/proc/self/fd/\(number)", &target, 1_023)
            return String(decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self) == path
        }.sorted()
    }

    /// Puts a pipe in its place, which can neither be synced nor be written to at a place.
    private static func breakDescriptor(_ number: Int32) throws {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(dup2(ends[1], number) == number)
    }
}
