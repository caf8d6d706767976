import MailTesting
import MailTypes
import Telemetry
import Testing
import Trace

@Suite("trace journal")
struct TraceJournalTests {
    @Test("tells the life of a message and the connection it came by, in order, and nothing of others")
    func life() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            let clock = ManualClock(Instant(secondsSince1970: 1_700_000_000))
            let journal = try TraceJournal(folder: folder, days: 2, clock: clock)
            let session = journal.makeID()
            let message = journal.makeID()
            let other = journal.makeID()
            journal.record(session, .connected, (.peer, "192.0.2.1"))
            journal.record(
                message,
                .messageAccepted,
                (.session, session.description),
                (.messageID, "one@example.org"),
                (.reversePath, "a@example.org")
            )
            journal.record(other, .messageAccepted, (.messageID, "two@example.org"))
            clock.advance(by: .seconds(1))
            journal.record(message, .stored, (.recipient, "b@example.org"), (.uid, "7"))
            // In the same millisecond.
            journal.record(session, .disconnected, (.peer, "192.0.2.1"))
            journal.flush()

            let search = TraceSearch(folder: folder)
            for query in [message.description, "one@example.org", "<one@example.org>", "b@example.org"] {
                let lines = search.lines(about: query)
                let events = lines.map { line in
                    ["disconnected", "connected", "message-accepted", "stored"].first { line.contains("\"\($0)\"") }
                }
                #expect(events == ["connected", "message-accepted", "stored", "disconnected"], "\(query)")
            }
            #expect(search.lines(about: "three@example.org").isEmpty)
            #expect(search.lines(about: "").isEmpty)
        }
    }

    @Test("a value a peer chose can end neither the string nor the line")
    func escaping() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            let journal = try TraceJournal(folder: folder, days: 1, clock: ManualClock())
            let id = journal.makeID()
            journal.record(id, .refused, (.reason, "a\"b\\c\r\n{\"event\":\"stored\"}"))
            journal.flush()
            let lines = TraceSearch(folder: folder).lines(about: id.description)
            #expect(lines.count == 1)
            #expect(lines.first?.contains(#"a\"b\\c\u000d\u000a{\"event\":\"stored\"}"#) == true)
        }
    }

    @Test("files older than the days kept are removed when a new hour begins")
    func expiry() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            let clock = ManualClock(Instant(secondsSince1970: 1_700_000_000))
            let journal = try TraceJournal(folder: folder, days: 1, clock: clock)
            let old = journal.makeID()
            journal.record(old, .connected)
            journal.flush()
            clock.advance(by: .seconds(26 * 3_600))
            let new = journal.makeID()
            journal.record(new, .connected)
            journal.flush()
            let search = TraceSearch(folder: folder)
            #expect(search.lines(about: old.description).isEmpty)
            #expect(search.lines(about: new.description).count == 1)
        }
    }
}
