import Foundation
import Testing

@Suite("backup and restore", .serialized)
struct BackupTests {
    @Test(
        "a backup made while mail comes in holds all that was acknowledged before it began, and restores to a sound site",
        .timeLimit(.minutes(10))
    )
    func liveBackup() throws {
        try withProgram { program in
            try program.start()
            let stream = Stream(program)
            stream.begin()
            try stream.wait(for: 50)
            let promised = stream.acknowledged
            let backup = program.home + "/backup"
            try program.martlet("store", "backup", backup)
            stream.end()
            #expect(stream.acknowledged.count > promised.count, "mail was to come in during the backup")
            let again = try program.run(["store", "backup", backup])
            #expect(again.status != 0 && again.output.contains("there already"), "\(again.output)")
            program.stop()

            let refused = try program.run(["store", "restore", backup])
            #expect(refused.status != 0 && refused.output.contains("move it away"), "\(refused.output)")
            try FileManager.default.moveItem(atPath: program.home + "/data", toPath: program.home + "/lost")
            try program.martlet("store", "restore", backup)
            try program.expectSound()
            try program.start()
            let inbox = try ReadingClient(port: program.ports.imap, user: "alice").numbers(in: "INBOX")
            for number in promised { #expect(inbox[number] == 1, "message \(number)") }
            #expect(inbox.values.allSatisfy { $0 == 1 })
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.send(to: ["alice@scenario.test"], numberedMessage(9_999))[0].hasPrefix("250"))
            try program.expectSound()
        }
    }

    @Test("what is no backup is not restored", .timeLimit(.minutes(10)))
    func noBackup() throws {
        try withProgram { program in
            let (status, output) = try program.run(["store", "restore", program.home])
            #expect(status != 0 && output.contains("is no backup"), "\(output)")
        }
    }

    @Test("lesson 23: data of a newer format is refused with a word on what to do, and nothing is touched")
    func newerFormat() throws {
        try withProgram { program in
            let database = program.home + "/data/mail/mail0.db"
            try program.sqlite(database, "PRAGMA user_version = 99")
            let before = try Data(contentsOf: URL(filePath: database))
            let (status, output) = try program.run(["serve", "--foreground-worker"])
            #expect(status == 78)
            #expect(output.contains("data format 99") && output.contains("later"), "\(output)")
            #expect(try Data(contentsOf: URL(filePath: database)) == before)
        }
    }
}

/// A client that sends one message after the other until it is told to end.
private final class Stream: @unchecked Sendable {
    private let lock = NSLock()
    private let group = DispatchGroup()
    private let port: Int
    private var numbers: [Int] = []
    private var isEnding = false

    init(_ program: Program) {
        self.port = program.ports.smtp
    }

    var acknowledged: [Int] { self.lock.withLock { self.numbers } }

    func begin() {
        DispatchQueue.global().async(group: self.group) {
            guard let client = try? SendingClient(port: self.port) else { return }
            for number in 1... {
                if self.lock.withLock({ self.isEnding }) { return }
                let lines = number % 20 == 0 ? 10_000 : 20
                let replies = try? client.send(to: ["alice@scenario.test"], numberedMessage(number, lines: lines))
                guard let reply = replies?.first, reply.hasPrefix("250") else { return }
                self.lock.withLock { self.numbers.append(number) }
            }
        }
    }

    func wait(for count: Int) throws {
        for _ in 0..<3_000 {
            if self.acknowledged.count >= count { return }
            usleep(10_000)
        }
        throw ScenarioFailure("only \(self.acknowledged.count) of \(count) messages were taken")
    }

    func end() {
        // A moment more, so that the backup has an end that mail came after.
        usleep(200_000)
        self.lock.withLock { self.isEnding = true }
        self.group.wait()
    }
}
