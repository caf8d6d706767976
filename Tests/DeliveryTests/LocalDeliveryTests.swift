import MailQueue
import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Delivery

@Suite("Queued mail for mailboxes here", .timeLimit(.minutes(10)))
struct LocalDeliveryTests {
    @Test(
        "it is stored with its return path, in the mailbox its sub-address names if that is wanted",
        arguments: [
            (false, "INBOX"), (true, "list"),
        ]
    )
    func stores(_ filesByDetail: Bool, _ mailbox: String) async throws {
        try await DeliveryFixture.with(options: DeliveryFixture.options { $0.filesByDetail = filesByDetail }) {
            fixture,
            _ in
            let id = try await fixture.send("bob@here.test", from: "carol@away.test")
            try await fixture.waitUntilEmpty()
            let stored = try #require(fixture.stored.withLock { $0 }.first)
            #expect(stored.text == "Return-Path: <carol@away.test>\r\nSubject: hello\r\n\r\nworld\r\n")
            #expect(stored.mailbox == mailbox)
            #expect(try await fixture.queue.ledger()[.delivered] == 1)
            #expect(fixture.events(of: id).contains { $0.contains("\"stored\"") })
        }
    }

    @Test("a large message gets its return path too")
    func largeMessage() async throws {
        try await DeliveryFixture.with { fixture, _ in
            let text = String(repeating: "a line of a large message\r\n", count: 30_000)
            let spool = try Spool.open(folder: fixture.folder.path("large"))
            let writer = spool.begin()
            writer.append(ByteBuffer(string: text)) { _ in }
            let file = try await withCheckedThrowingContinuation { continuation in
                writer.finish { continuation.resume(with: $0) }
            }
            var new = fixture.message(to: [DeliveryFixture.recipient("bob@here.test")])
            new.content = .file(file)
            try await fixture.queue.accept(new)
            file.discard()
            try await fixture.waitUntilEmpty()
            #expect(fixture.stored.withLock { $0.map(\.text) } == ["Return-Path: <alice@here.test>\r\n" + text])
        }
    }

    @Test("an alias becomes a recipient each, here and elsewhere, and each is delivered once")
    func alias() async throws {
        try await DeliveryFixture.with { fixture, sink in
            try await fixture.send("team@here.test", "bob@here.test")
            try await fixture.waitUntilEmpty()
            #expect(fixture.stored.withLock { $0.map(\.account).sorted() } == [1, 2, 3])
            #expect(sink.messages.flatMap(\.commands).contains("RCPT TO:<far@away.test>"))
            let ledger = try await fixture.queue.ledger()
            #expect(ledger[.accepted] == 4)
            #expect(ledger[.delivered] == 3)
            #expect(ledger[.relayed] == 1)
        }
    }

    @Test("an unknown user is told to the sender; one who takes no mail now waits")
    func unknownAndSuspended() async throws {
        try await DeliveryFixture.with { fixture, _ in
            try await fixture.send("nobody@here.test", "asleep@here.test")
            try await fixture.wait { !fixture.stored.withLock { $0.isEmpty } }
            #expect(fixture.stored.withLock { $0.first?.text.contains("Status: 5.1.1") } == true)
            // The notice leaves the queue after it has been stored.
            try await fixture.wait { try await fixture.queue.totals().messages == 1 }
            try await fixture.waitUntilDeferred()
            #expect(try await fixture.queue.list().flatMap { $0.recipients.map(\.address) } == ["asleep@here.test"])
        }
    }

    @Test("a full mailbox or a failing store means another attempt, for that recipient alone")
    func refusals() async throws {
        try await DeliveryFixture.with { fixture, _ in
            fixture.refusals.withLock {
                $0[3] = .overQuota
                $0[5] = .failed(StorageError(.busy, "write"))
            }
            try await fixture.send("bob@here.test", "carol@here.test", "dave@here.test")
            try await fixture.waitUntilDeferred(2)
            #expect(fixture.stored.withLock { $0.map(\.account) } == [4])
            fixture.refusals.withLock { $0 = [:] }
            fixture.advance(.seconds(61))
            try await fixture.waitUntilEmpty()
            #expect(fixture.stored.withLock { $0.map(\.account).sorted() } == [3, 4, 5])
        }
    }

    @Test(
        "without a route the sender hears of it, or the mail waits for one",
        arguments: [
            RouteTable.Missing.bounce, .wait,
        ]
    )
    func noRoute(_ missing: RouteTable.Missing) async throws {
        try await DeliveryFixture.with { fixture, _ in
            fixture.service.reload(
                routes: RouteTable(missing: missing),
                options: DeliveryOptions(hostName: "martlet.test")
            )
            try await fixture.send("bob@away.test")
            switch missing {
            case .bounce:
                try await fixture.waitUntilEmpty()
                #expect(fixture.stored.withLock { $0.first?.text.contains("Status: 5.4.4") } == true)
            case .wait:
                try await fixture.waitUntilDeferred()
            }
        }
    }
}
