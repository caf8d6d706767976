import Foundation
import MailTesting
import Testing

@Suite("full disk", .serialized)
struct DiskFullTests {
    @Test("lesson 28: 452 while the disk is full, no half message, recovery by itself", .timeLimit(.minutes(10)))
    func fullDisk() throws {
        try withSmallDisk(megaoctets: 64) { folder in
            let program = try Program(home: folder + "/martlet", accounts: ["alice"])
            defer { program.stop() }
            try program.start()
            let filler = folder + "/filler"
            let client = try SendingClient(port: program.ports.smtp)
            #expect(try client.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))

            try fill(filler)
            var refusal = ""
            for number in 100..<400 where refusal.isEmpty {
                let reply = try client.send(to: ["alice@scenario.test"], numberedMessage(number, lines: 3_000))[0]
                if !reply.hasPrefix("250") { refusal = reply }
            }
            #expect(refusal.hasPrefix("452 4.3.1"), "\(refusal); the log says \(program.logTail)")

            try FileManager.default.removeItem(atPath: filler)
            var reply = ""
            for _ in 0..<100 where !reply.hasPrefix("250") {
                reply = try client.send(to: ["alice@scenario.test"], numberedMessage(2))[0]
                if !reply.hasPrefix("250") { usleep(100_000) }
            }
            #expect(reply.hasPrefix("250"), "\(reply)")

            let numbers = try ReadingClient(port: program.ports.imap, user: "alice").numbers(in: "INBOX")
            #expect(numbers[1] == 1 && numbers[2] == 1)
            #expect(numbers.values.allSatisfy { $0 == 1 })
            try program.expectSound()
        }
    }
}

/// Writes zeros until nothing more fits.
private func fill(_ path: String) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    for size in [1 << 20, 4_096] {
        let zeros = [UInt8](repeating: 0, count: size)
        while unsafe write(descriptor, zeros, size) == size {}
    }
}

/// Calls `body` with the mount point of a small disk in memory; passes the test over where mounting is not allowed.
private func withSmallDisk(megaoctets: Int, _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-disk-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    guard try shell("mount", "-t", "tmpfs", "-o", "size=\(megaoctets)m", "tmpfs", folder) == 0 else {
        print("skipped: a full disk needs the right to mount one")
        return
    }
    defer { _ = try? shell("umount", "-l", folder) }
    try body(folder)
}

private func shell(_ command: String...) throws -> Int32 {
    try ChildProcess(command, output: .nothing, errors: .nothing).wait()
}
