import Glibc
import MailTesting
import MailTypes
import NIOCore
import Storage
import Testing

@testable import MailQueue

@Suite(
    "a queue on a full disk",
    .serialized,
    .enabled(if: geteuid() == 0, "needs to mount a tmpfs"),
    .timeLimit(.minutes(10))
)
struct FullDiskTests {
    @Test("lesson 28: nothing is taken while the disk is full, what is here comes to its end, and then it goes on")
    func refusesBeforeWriting() async throws {
        let fixture = try QueueFixture(isStarted: false)
        defer { fixture.close() }
        fixture.queue.close()
        guard unsafe mount("tmpfs", fixture.folder.path("queue"), "tmpfs", 0, "size=64m") == 0 else { return }
        defer {
            fixture.queue.close()
            unsafe umount2(fixture.folder.path("queue"), Int32(MNT_DETACH))
        }
        try fixture.reopen()
        for _ in 0..<50 { try await fixture.queue.accept(fixture.message()) }
        let items = try await fixture.take(50)
        let ballast = fixture.folder.path("queue/ballast")
        try Self.fill(ballast)
        // A granted sixteenth of what was free may be used up first.
        var refusals = 0
        var accepted = 50
        for _ in 0..<2_000 where refusals < 20 {
            do {
                try await fixture.queue.accept(fixture.message())
                accepted += 1
            } catch let error as StorageError {
                #expect(error.code == .diskFull && "\(error.operation)" == "space", "\(error)")
                refusals += 1
            }
        }
        #expect(refusals == 20)
        // The log was written in advance and has 16 MiB: without a look at the disk it would have taken thousands.
        #expect(accepted < 250)
        for item in items { fixture.settle(item, .relayed) }
        await fixture.drain()
        #expect(try await fixture.queue.ledger()[.relayed] == 50)
        #expect(try await fixture.queue.delete(.all) == accepted - 50)
        unsafe unlink(ballast)
        try await fixture.queue.accept(fixture.message())
        #expect(try await fixture.queue.check().isEmpty)
    }

    private static func fill(_ path: String) throws {
        let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
        defer { close(file) }
        for size in [1 << 16, 4_096] {
            let bytes = [UInt8](repeating: 1, count: size)
            while unsafe write(file, bytes, bytes.count) > 0 {}
        }
    }
}
