import MailTesting
import MailTypes
import Testing
import Trace

@Suite("flight recorder")
struct FlightRecorderTests {
    private let clock = ManualClock(Instant(secondsSince1970: 1_700_000_000))
    private let poison = TimeSortedID(rawValue: 77)

    @Test("after a crash it tells what was in hand and forgets what had ended")
    func remnants() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            let first = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            let done = first.begin(.reception, message: nil, fingerprint: 5, peer: "192.0.2.9")
            _ = first.begin(.storing, message: self.poison, fingerprint: 9, peer: "192.0.2.1")
            first.end(done)

            let second = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            #expect(
                second.remnants == [
                    FlightRemnant(
                        stage: .storing,
                        message: self.poison,
                        fingerprint: 9,
                        peer: "192.0.2.1",
                        signal: 4
                    )
                ]
            )
            #expect(second.crashes(of: self.poison) == 1)
            #expect(second.isSuspect(fingerprint: 9))
            #expect(!second.isSuspect(fingerprint: 5))
        }
    }

    @Test(
        "without room for it the start is refused; nothing ends when a slot is first used",
        .enabled(if: SmallDisk.isAvailable, "needs a small tmpfs")
    )
    func fullDisk() throws {
        let disk = try #require(SmallDisk(megabytes: 1))
        defer { disk.remove() }
        disk.fill()
        let error = #expect(throws: TraceError.self) {
            try FlightRecorder(folder: disk.path, previousDeath: .none, clock: self.clock)
        }
        #expect(error?.description.contains("No space left") == true, "\(error?.description ?? "")")
        disk.makeRoom()
        let recorder = try FlightRecorder(folder: disk.path, previousDeath: .none, clock: self.clock)
        disk.fill()
        for number in 0..<1_024 {
            _ = recorder.begin(.storing, message: nil, fingerprint: UInt64(number + 1), peer: "192.0.2.1")
        }
        let next = try FlightRecorder(folder: disk.path, previousDeath: .crash(signal: 4), clock: self.clock)
        #expect(next.remnants.count == 1_024)
    }

    @Test("a kill from outside accuses nobody")
    func outsideKill() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            let first = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            _ = first.begin(.storing, message: self.poison, fingerprint: 9, peer: "192.0.2.1")
            let second = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            #expect(second.remnants.isEmpty)
            let third = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            #expect(third.remnants.isEmpty)
        }
    }

    @Test("suspicion follows a fingerprint into the queue and counts a second crash")
    func suspicionFollows() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            let first = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            _ = first.begin(.reception, message: nil, fingerprint: 9, peer: "192.0.2.1")
            let second = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            second.markSuspect(self.poison, fingerprint: 9)
            _ = second.begin(.delivery, message: self.poison, fingerprint: 0, peer: "")
            let third = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            #expect(third.crashes(of: self.poison) == 2)
        }
    }

    @Test("suspicion fades after a week")
    func fading() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            let first = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            _ = first.begin(.reception, message: nil, fingerprint: 9, peer: "")
            _ = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            self.clock.advance(by: .seconds(8 * 86_400))
            let later = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            #expect(!later.isSuspect(fingerprint: 9))
        }
    }

    @Test("suspicion fades after a week in a program that runs for longer, and a crash after that is the first")
    func fadingWhileRunning() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            let first = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            _ = first.begin(.reception, message: self.poison, fingerprint: 9, peer: "")
            let second = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            self.clock.advance(by: .seconds(6 * 86_400))
            #expect(second.isSuspect(fingerprint: 9) && second.crashes(of: self.poison) == 1)
            self.clock.advance(by: .seconds(2 * 86_400))
            #expect(!second.isSuspect(fingerprint: 9) && second.crashes(of: self.poison) == 0)
            let resent = TimeSortedID(rawValue: 78)
            second.markSuspect(resent, fingerprint: 9)
            #expect(second.crashes(of: resent) == 0)
            _ = second.begin(.delivery, message: self.poison, fingerprint: 0, peer: "")
            let third = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            #expect(third.crashes(of: self.poison) == 1)
        }
    }

    @Test("a message that is pardoned is one crash away from being set aside again, also after a restart")
    func pardon() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            var recorder = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            for _ in 0..<3 {
                _ = recorder.begin(.delivery, message: self.poison, fingerprint: 0, peer: "")
                recorder = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            }
            #expect(recorder.crashes(of: self.poison) == 3)
            recorder.pardon(self.poison)
            recorder.pardon(TimeSortedID(rawValue: 78))
            #expect(recorder.crashes(of: self.poison) == 1)
            recorder = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            #expect(recorder.crashes(of: self.poison) == 1)
            #expect(recorder.crashes(of: TimeSortedID(rawValue: 78)) == 0)
            _ = recorder.begin(.delivery, message: self.poison, fingerprint: 0, peer: "")
            recorder = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            #expect(recorder.crashes(of: self.poison) == 2)
        }
    }

    @Test("with every slot in use it goes on without recording")
    func fullRecorder() throws {
        try TemporaryFolder.with { temporary in
            let folder = temporary.path
            let recorder = try FlightRecorder(folder: folder, previousDeath: .none, clock: self.clock)
            let slots = (0..<1_100).map { _ in
                recorder.begin(.reading, message: nil, fingerprint: 1, peer: String(repeating: "x", count: 300))
            }
            for slot in slots { recorder.end(slot) }
            let after = try FlightRecorder(folder: folder, previousDeath: .crash(signal: 4), clock: self.clock)
            #expect(after.remnants.isEmpty)
        }
    }
}
