import Foundation
import MailTesting
import MailTypes
import Synchronization
import Telemetry
import Testing

@testable import Trace

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

    @Test(
        "lesson 28: the trace leaves of a full disk what mail needs to be removed",
        .enabled(if: SmallDisk.isAvailable, "needs a small tmpfs")
    )
    func reserve() throws {
        let disk = try #require(SmallDisk(megabytes: 4))
        defer { disk.remove() }
        let writer = try JournalWriter(folder: "\(disk.path)/trace", days: 1, octetsMax: 1 << 30)
        let now = Instant(millisecondsSince1970: 0)
        let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 65_536)
        var written = 0
        while written < 100, writer.append(lines.span, at: now) == nil { written += 1 }
        let free = try FileManager.default.attributesOfFileSystem(forPath: disk.path)[.systemFreeSize] as? Int
        #expect(written > 40 && written <= 60)
        #expect(try #require(free) >= 4 << 16)
        let file = try #require(FileManager.default.contentsOfDirectory(atPath: "\(disk.path)/trace").first)
        try Data().write(to: URL(filePath: "\(disk.path)/trace/\(file)"))
        #expect(writer.append(lines.span, at: now) == nil)
    }

    @Test("of an address with more messages than are shown the newest are, also within one hour")
    func newest() throws {
        try TemporaryFolder.with { temporary in
            let clock = ManualClock(Instant(secondsSince1970: 1_700_000_000))
            let journal = try TraceJournal(folder: temporary.path, days: 2, clock: clock)
            for number in 0..<150 {
                // The last 120 in an hour of their own.
                if number == 30 { clock.advance(by: .seconds(3_600)) }
                clock.advance(by: .seconds(1))
                let id = journal.makeID()
                journal.record(id, .messageAccepted, (.messageID, "\(number)@example.org"), (.recipient, "a@b.test"))
                journal.record(id, .stored, (.recipient, "a@b.test"))
            }
            journal.flush()
            let lines = TraceSearch(folder: temporary.path).lines(about: "a@b.test")
            #expect(lines.count == 2 * TraceSearch.messagesMax)
            #expect(lines.first?.contains("\"50@example.org\"") == true, "\(lines.first ?? "")")
            #expect(lines.dropLast().last?.contains("\"149@example.org\"") == true)
        }
    }

    @Test("the files take no more of the disk than they may: the oldest hours go, and one hour has a part only")
    func bounded() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path("trace")
            let clock = ManualClock(Instant(secondsSince1970: 1_700_000_000))
            let octetsMax = 80_000
            func flood(_ peer: String) throws {
                let journal = try TraceJournal(folder: folder, days: 14, octetsMax: octetsMax, clock: clock)
                for _ in 0..<1_000 {
                    journal.record(journal.makeID(), .connected, (.peer, peer))
                    journal.flush()
                }
                #expect(journal.droppedCount > 0)
            }
            for hour in 0..<8 {
                try flood("192.0.2.\(hour)")
                let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                let sizes = try names.map { name in
                    try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int ?? 0
                }
                #expect(sizes.reduce(0, +) <= octetsMax && sizes.allSatisfy { $0 <= octetsMax / 4 })
                #expect(names.count == min(hour + 1, 4))
                clock.advance(by: .seconds(3_600))
            }
            let search = TraceSearch(folder: folder)
            #expect(search.lines(about: "192.0.2.3").isEmpty)
            #expect(!search.lines(about: "192.0.2.4").isEmpty && !search.lines(about: "192.0.2.7").isEmpty)
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

    @Test("a value too long is cut between two characters, wherever that is")
    func cutValue() throws {
        try TemporaryFolder.with { folder in
            let journal = try TraceJournal(folder: folder.path, days: 1, clock: ManualClock())
            for count in 0..<4 {
                let text = String(repeating: "x", count: count) + String(repeating: "\u{1F600}\u{FFFD}é", count: 200)
                journal.record(journal.makeID(), .refused, (.reason, text))
            }
            journal.flush()
            let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
            let octets = try #require(FileManager.default.contents(atPath: folder.path(name)))
            #expect(String(validating: Array(octets), as: UTF8.self)?.split(separator: "\n").count == 4)
        }
    }

    @Test("in a file of many pieces every line is found, once, whole")
    func pieces() throws {
        try TemporaryFolder.with { folder in
            let journal = try TraceJournal(folder: folder.path, days: 1, clock: ManualClock())
            let ids = (0..<3_500).map { _ in journal.makeID() }
            for (number, id) in ids.enumerated() {
                let text = String(repeating: "y", count: 200 + number % 800)
                journal.record(id, .refused, (.reason, text), (.recipient, "user@x.test"))
            }
            journal.flush()
            let search = TraceSearch(folder: folder.path)
            for (number, id) in ids.enumerated() where number % 50 == 0 {
                let lines = search.lines(about: id.description)
                #expect(lines.count == 1)
                #expect(lines.first?.contains("\"\(String(repeating: "y", count: 200 + number % 800))\"") == true)
            }
        }
    }

    @Test("a line that a kill has cut costs no other")
    func cutLine() throws {
        try TemporaryFolder.with { folder in
            let clock = ManualClock(Instant(secondsSince1970: 1_700_000_000))
            let journal = try TraceJournal(folder: folder.path, days: 1, clock: clock)
            journal.record(journal.makeID(), .connected)
            journal.flush()
            let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
            let file = try #require(FileHandle(forWritingAtPath: folder.path(name)))
            let octets = file.seekToEndOfFile()
            file.truncateFile(atOffset: octets - 20)
            file.closeFile()

            let next = try TraceJournal(folder: folder.path, days: 1, clock: clock)
            clock.advance(by: .seconds(1))
            let id = next.makeID()
            next.record(id, .connected, (.peer, "192.0.2.1"))
            next.flush()
            let lines = TraceSearch(folder: folder.path).lines(about: id.description)
            #expect(lines.count == 1 && lines.first?.hasPrefix(#"{"at":"2023-11-14T22:13:21"#) == true, "\(lines)")
        }
    }

    @Test("when file or folder is removed under it, new ones are made")
    func removed() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path("trace")
            let clock = ManualClock(Instant(secondsSince1970: 1_700_000_000))
            let journal = try TraceJournal(folder: folder, days: 1, clock: clock)
            for _ in 0..<2 {
                journal.record(journal.makeID(), .connected)
                journal.flush()
                try FileManager.default.removeItem(atPath: folder)
            }
            let id = journal.makeID()
            journal.record(id, .connected)
            journal.flush()
            #expect(TraceSearch(folder: folder).lines(about: id.description).count == 1)
            #expect(journal.droppedCount == 0)
        }
    }

    @Test("that it cannot be written is told once, with the reason, and so is that it can again")
    func health() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path("trace")
            let journal = try TraceJournal(folder: folder, days: 1, clock: ManualClock())
            let told = Mutex<[String]>([])
            journal.setHealthHandler { failure in told.withLock { $0.append(failure.map { "\($0)" } ?? "well") } }
            try FileManager.default.removeItem(atPath: folder)
            try Data().write(to: URL(filePath: folder))
            for _ in 0..<3 {
                journal.record(journal.makeID(), .connected)
                journal.flush()
            }
            #expect(journal.droppedCount == 3)
            #expect(journal.failure != nil)
            try FileManager.default.removeItem(atPath: folder)
            for _ in 0..<2 {
                journal.record(journal.makeID(), .connected)
                journal.flush()
            }
            let all = told.withLock { $0 }
            #expect(all.count == 2 && all.first?.contains("\(folder)/trace-") == true, "\(all)")
            #expect(all.first?.contains("Not a directory") == true && all.last == "well", "\(all)")
            #expect(journal.failure == nil)
        }
    }

    @Test("lesson 15: a clock set forward by weeks for a moment costs a day of the trace at most")
    func clockSetForward() throws {
        try TemporaryFolder.with { folder in
            let clock = ManualClock(Instant(secondsSince1970: 1_700_000_000))
            let journal = try TraceJournal(folder: folder.path, days: 7, clock: clock)
            for _ in 0..<72 {
                journal.record(journal.makeID(), .connected)
                journal.flush()
                clock.advance(by: .seconds(3_600))
            }
            clock.advance(by: .seconds(60 * 86_400))
            journal.record(journal.makeID(), .connected)
            journal.flush()
            clock.advance(by: .seconds(-60 * 86_400))
            journal.record(journal.makeID(), .connected)
            journal.flush()
            // Those of the two hours just written besides.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 72 - 24 + 2)
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
