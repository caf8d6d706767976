import Foundation
import Testing

@Suite("backup and restore", .serialized)
struct BackupTests {
    /// What is queued has nowhere to go.
    private static let settings = """
        [route]
        "away.test" = "smtp:127.0.0.1:1"
        """

    @Test(
        "a backup made while mail comes in gives back all that was acknowledged before, each once",
        .timeLimit(.minutes(10))
    )
    func whileMailComesIn() throws {
        try withProgram(settings: Self.settings) { program in
            try program.start()
            let backup = program.home + "/backup"
            let inflow = Inflow(program)
            inflow.begin()
            inflow.wait(untilStored: 300, queued: 100)
            let promised = inflow.acknowledged
            try program.martlet("store", "backup", backup)
            inflow.wait(untilStored: promised.stored.count + 50, queued: promised.queued.count + 10)
            inflow.end()
            #expect(try program.run(["store", "backup", backup]).output.contains("is there already"))

            let refusal = try program.run(["store", "restore", backup])
            #expect(refusal.status != 0 && refusal.output.contains("stop it first"), "\(refusal.output)")
            program.stop()
            let before = try program.martlet("ledger")
            let occupied = try program.run(["store", "restore", backup])
            #expect(occupied.status != 0)
            #expect(occupied.output.contains("is there already") && occupied.output.contains("move it away"))
            #expect(try program.martlet("ledger") == before, "a refused restore has changed something")

            try FileManager.default.moveItem(atPath: program.home + "/data", toPath: program.home + "/lost")
            try program.martlet("store", "restore", backup)
            try program.expectSound()
            try program.start()
            try self.expect(promised, in: program)
            try program.expectSound()
            let client = try SendingClient(port: program.ports.smtp)
            #expect(try client.send(to: ["alice@scenario.test"], numberedMessage(0))[0].hasPrefix("250"))
        }
    }

    private func expect(_ promised: Inflow.Acknowledged, in program: Program) throws {
        let inbox = try ReadingClient(port: program.ports.imap, user: "alice").numbers(in: "INBOX")
        for number in promised.stored where inbox[number] != 1 {
            Issue.record("message \(number) is in the restored INBOX \(inbox[number] ?? 0) times")
        }
        let rows = try program.martlet("queue", "list", "--json", "--limit", "100000")
        for number in promised.queued where !rows.contains("\"q\(number)@away.test\"") {
            Issue.record("message \(number) is not in the restored queue")
        }
    }

    @Test("the certificate that was made for the server and the trace come back, too", .timeLimit(.minutes(10)))
    func certificateAndTrace() throws {
        try withProgram { program in
            try program.start()
            let client = try SendingClient(port: program.ports.smtp)
            #expect(try client.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            let data = program.home + "/data"
            let files = try ["cert.pem", "key.pem"].map { try Data(contentsOf: URL(filePath: "\(data)/\($0)")) }
            let backup = program.home + "/backup"
            #expect(try program.martlet("store", "backup", backup).contains("The configuration"))
            program.stop()
            try FileManager.default.removeItem(atPath: data)
            #expect(
                try program.martlet("store", "restore", backup, "--json").hasPrefix(
                    "{\n  \"message\" : \"The backup is in"
                )
            )
            #expect(try ["cert.pem", "key.pem"].map { try Data(contentsOf: URL(filePath: "\(data)/\($0)")) } == files)
            let mode = try FileManager.default.attributesOfItem(atPath: "\(data)/key.pem")[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try program.martlet("trace", "alice@scenario.test").contains("stored"))
            try program.start()
            try program.expectSound()
            #expect(try Data(contentsOf: URL(filePath: "\(data)/cert.pem")) == files[0])
        }
    }

    @Test("lesson 23: a backup of a newer format is refused, and nothing is touched", .timeLimit(.minutes(10)))
    func newerFormat() throws {
        for database in ["directory/directory.db", "queue/queue.db", "mail/mail1.db"] {
            try withProgram { program in
                let backup = program.home + "/backup"
                try program.martlet("store", "backup", backup)
                try FileManager.default.removeItem(atPath: program.home + "/data")
                try setFormat(99, of: "\(backup)/\(database)")
                let (status, output) = try program.run(["store", "restore", backup])
                #expect(status != 0)
                #expect(output.contains("data format 99") && output.contains("Nothing was restored"), "\(output)")
                #expect(!FileManager.default.fileExists(atPath: program.home + "/data"))
            }
        }
    }

    @Test("lesson 23: an older program refuses newer data and changes none of it", .timeLimit(.minutes(10)))
    func newerData() throws {
        try withProgram { program in
            try setFormat(99, of: program.home + "/data/mail/mail1.db")
            let before = try self.states(of: program.home + "/data")
            let (status, output) = try program.run(["serve"])
            #expect(status == 78 && output.contains("data format 99"), "\(status): \(output)")
            #expect(try program.run(["ledger"]).output.contains("Run the release that wrote it"))
            #expect(try self.states(of: program.home + "/data") == before)
        }
    }

    @Test("what is no backup, or not a whole one, is not restored")
    func noBackup() throws {
        try withProgram { program in
            let backup = program.home + "/backup"
            try program.martlet("store", "backup", backup)
            try FileManager.default.removeItem(atPath: "\(backup)/backup.complete")
            let unfinished = try program.run(["store", "restore", backup])
            #expect(unfinished.status != 0 && unfinished.output.contains("not whole"), "\(unfinished.output)")
            let (status, output) = try program.run(["store", "restore", program.home])
            #expect(status != 0 && output.contains("is no backup"), "\(output)")
        }
    }

    @Test("a backup that has lost something since is refused with what it lacks, and nothing is restored")
    func damagedBackup() throws {
        try withProgram { program in
            try program.start()
            let client = try SendingClient(port: program.ports.smtp)
            #expect(
                try client.send(to: ["alice@scenario.test"], numberedMessage(1, lines: 8_000))[0].hasPrefix("250")
            )
            let backup = program.home + "/backup"
            try program.martlet("store", "backup", backup)
            program.stop()
            try FileManager.default.removeItem(atPath: program.home + "/data")
            let bodies = try FileManager.default.subpathsOfDirectory(atPath: backup).filter { $0.contains(".bodies/") }
            let body = try #require(bodies.first { $0.split(separator: "/").count == 4 })
            let losses: [(file: String, words: String)] = [
                ("directory/directory.db", "directory/directory.db holds"),
                ("queue/queue.db", "queue/queue.db holds"), ("mail/mail0.db", "mail/mail0.db holds"),
                ("mail/mail1.db", "mail/mail1.db holds"), ("mail/store.layout", "mail/store.layout holds"),
                (body, ".bodies holds"), ("backup.complete", "broken off"),
            ]
            for (file, words) in losses {
                for isRemoved in [false, true] {
                    let damaged = program.home + "/damaged"
                    defer { try? FileManager.default.removeItem(atPath: damaged) }
                    try FileManager.default.copyItem(atPath: backup, toPath: damaged)
                    let content = try #require(FileManager.default.contents(atPath: "\(damaged)/\(file)"))
                    try FileManager.default.removeItem(atPath: "\(damaged)/\(file)")
                    if !isRemoved {
                        try content.prefix(content.count / 2).write(to: URL(filePath: "\(damaged)/\(file)"))
                    }
                    let (status, output) = try program.run(["store", "restore", damaged])
                    #expect(status != 0 && output.contains("not whole"), "\(file): \(output)")
                    let isNamed = isRemoved && !file.contains(".bodies") ? ["is missing", "broken off"] : [words]
                    #expect(isNamed.contains { output.contains($0) }, "\(file): \(output)")
                    #expect(!FileManager.default.fileExists(atPath: program.home + "/data"))
                }
            }
            try program.martlet("store", "restore", backup)
            try program.expectSound()
        }
    }

    @Test("a backup that fails leaves nothing behind, so that the next one can go to the same folder")
    func failingBackup() throws {
        try withProgram { program in
            try program.start()
            // What cannot be copied, near the end of all.
            let obstacle = program.home + "/data/key.pem"
            let key = try #require(FileManager.default.contents(atPath: obstacle))
            try FileManager.default.removeItem(atPath: obstacle)
            try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
            let backup = program.home + "/backup"
            let (status, output) = try program.run(["store", "backup", backup])
            #expect(status != 0 && output.contains("No backup was made"), "\(output)")
            #expect(!FileManager.default.fileExists(atPath: backup))
            try FileManager.default.removeItem(atPath: obstacle)
            try key.write(to: URL(filePath: obstacle))
            // Mail is worth having without an hour of the trace.
            let hour = program.home + "/data/trace/trace-20200101-00.jsonl"
            try FileManager.default.createDirectory(atPath: hour, withIntermediateDirectories: false)
            #expect(try program.martlet("store", "backup", backup).contains("(trace-20200101-00.jsonl)"))

            try FileManager.default.removeItem(atPath: "\(backup)/backup.complete")
            #expect(try program.run(["store", "backup", backup]).output.contains("was broken off; remove it"))
            let nowhere = try program.run(["store", "backup", program.home + "/no/folder"])
            #expect(nowhere.status != 0 && nowhere.output.contains("No such file or directory"), "\(nowhere.output)")
        }
    }

    @Test("whoever gets an account while the directory is older than the mail has mailboxes of their own")
    func olderDirectory() throws {
        try withProgram { program in
            func add(_ user: String) throws {
                try program.martlet(["account", "add", "\(user)@scenario.test"], input: Program.password + "\n")
            }
            try program.start()
            let backup = program.home + "/backup"
            try program.martlet("store", "backup", backup)
            try add("erin")
            let client = try SendingClient(port: program.ports.smtp)
            #expect(try client.send(to: ["erin@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            program.stop()
            let directory = program.home + "/data/directory"
            try FileManager.default.removeItem(atPath: directory)
            try FileManager.default.copyItem(atPath: "\(backup)/directory", toPath: directory)
            try add("carol")
            try program.start()
            try add("dave")
            for user in ["carol", "dave"] {
                let inbox = try ReadingClient(port: program.ports.imap, user: user).numbers(in: "INBOX")
                #expect(inbox.isEmpty, "\(user) reads the mail of erin")
            }
            #expect(try program.run(["store", "check"]).output.contains("accountNotInDirectory"))
        }
    }

    @Test("a restore that was broken off between two parts is finished by whoever opens the data next")
    func brokenRestore() throws {
        try withProgram { program in
            try program.start()
            let client = try SendingClient(port: program.ports.smtp)
            #expect(try client.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            let backup = program.home + "/backup"
            try program.martlet("store", "backup", backup)
            program.stop()
            for command in [["store", "check"], ["account", "list"], ["store", "restore", backup]] {
                let data = program.home + "/data"
                try FileManager.default.removeItem(atPath: data)
                try program.martlet("store", "restore", backup)
                let copied = "\(data)/restore.copied"
                try FileManager.default.createDirectory(atPath: copied, withIntermediateDirectories: false)
                for part in ["mail", "queue"] {
                    try FileManager.default.moveItem(atPath: "\(data)/\(part)", toPath: "\(copied)/\(part)")
                }
                let (status, output) = try program.run(command)
                let isRestore = command[1] == "restore"
                #expect(isRestore ? output.contains("is there already") : status == 0, "\(command): \(output)")
                #expect(!FileManager.default.fileExists(atPath: copied))
                try program.expectSound()
            }
            try program.start()
            let inbox = try ReadingClient(port: program.ports.imap, user: "alice").numbers(in: "INBOX")
            #expect(inbox == [1: 1])
        }
    }

    /// Content of all files.
    private func states(of folder: String) throws -> [String: Data] {
        var states: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            states[path] = FileManager.default.contents(atPath: "\(folder)/\(path)")
        }
        return states
    }
}

/// Writes the number of a data format where SQLite keeps it.
private func setFormat(_ number: UInt8, of path: String) throws {
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: 60)
    file.write(Data([0, 0, 0, number]))
    try file.close()
}

/// Mail into a mailbox and into the queue, by three connections, until it is ended.
private final class Inflow: @unchecked Sendable {
    struct Acknowledged {
        var stored: Set<Int> = []
        var queued: Set<Int> = []
    }

    private let lock = NSLock()
    private let ports: Program.Ports
    private let group = DispatchGroup()
    private var state = Acknowledged()
    private var isEnding = false

    init(_ program: Program) {
        self.ports = program.ports
    }

    var acknowledged: Acknowledged { self.lock.withLock { self.state } }

    func begin() {
        for lane in 0..<3 {
            DispatchQueue.global().async(group: self.group) {
                do {
                    try self.send(lane)
                } catch {
                    Issue.record("mail stopped coming in: \(error)")
                }
            }
        }
    }

    func wait(untilStored stored: Int, queued: Int) {
        while self.acknowledged.stored.count < stored || self.acknowledged.queued.count < queued { usleep(5_000) }
    }

    func end() {
        self.lock.withLock { self.isEnding = true }
        self.group.wait()
    }

    /// Every third lane sends to a domain that cannot be reached; some messages are so large that they become files.
    private func send(_ lane: Int) throws {
        let isLMTP = lane == 1
        let client = try SendingClient(port: isLMTP ? self.ports.lmtp : self.ports.smtp, isLMTP: isLMTP)
        var number = lane + 1
        while !self.lock.withLock({ self.isEnding }) {
            let recipient = lane == 2 ? "q\(number)@away.test" : "alice@scenario.test"
            let message = numberedMessage(number, lines: number % 40 == 3 ? 8_000 : 10)
            let reply = try client.send(to: [recipient], message, isLMTP: isLMTP)[0]
            guard reply.hasPrefix("250") else { throw ScenarioFailure(reply) }
            self.lock.withLock {
                _ = lane == 2 ? self.state.queued.insert(number) : self.state.stored.insert(number)
            }
            number += 3
        }
    }
}
