import Foundation
import Testing

@Suite("kill -9", .serialized)
struct KillTests {
    /// Rounds of load and kill.
    private static let rounds = 200

    @Test(
        "lesson 29: after a kill at any instant every acknowledged message is where it was promised, none twice",
        .timeLimit(.minutes(20))
    )
    func killUnderLoad() throws {
        try withProgram { program in
            // Its share for elsewhere goes by the queue and comes to its end there at once.
            _ = try program.martlet("alias", "add", "far@scenario.test", "alice@scenario.test", "far@away.example")
            var promises = Promises()
            var random = SystemRandomNumberGenerator()
            for round in 0..<Self.rounds {
                try program.start(foreground: true)
                let load = Load(program, firstNumber: round * 10_000, promises)
                load.begin()
                usleep(UInt32.random(in: 20_000...250_000, using: &random))
                program.killAll()
                promises = load.end()
                if round % 10 == 9 { try self.verify(program, promises) }
            }
            try self.verify(program, promises)
        }
    }

    private func verify(_ program: Program, _ promises: Promises) throws {
        try program.expectSound()
        try program.start(foreground: true)
        defer { program.killAll() }
        let imap = try ReadingClient(port: program.ports.imap, user: "alice")
        let inbox = try imap.numbers(in: "INBOX")
        let archive = try imap.numbers(in: "Archive")
        for (number, count) in inbox where count > 1 { Issue.record("message \(number) is in INBOX \(count) times") }
        for (number, count) in archive where count > 1 {
            Issue.record("message \(number) is in Archive \(count) times")
        }
        for number in promises.delivered where inbox[number] == nil && archive[number] == nil {
            if !promises.expunging.contains(number) { Issue.record("message \(number) is lost") }
        }
        for number in promises.moved where inbox[number] != nil || archive[number] == nil {
            if !promises.expunging.contains(number) { Issue.record("message \(number) is not where it was moved") }
        }
        for number in promises.expunged where inbox[number] != nil || archive[number] != nil {
            Issue.record("message \(number) is back after it was expunged")
        }
        let bob = try ReadingClient(port: program.ports.imap, user: "bob").numbers(in: "INBOX")
        for number in promises.appended where bob[number] != 1 { Issue.record("appended \(number) is lost or twice") }
    }
}

/// What the server has said OK to.
struct Promises {
    var delivered: Set<Int> = []
    var appended: Set<Int> = []
    var moved: Set<Int> = []
    /// Asked to be expunged: may be gone or not until the answer came.
    var expunging: Set<Int> = []
    var expunged: Set<Int> = []
}

/// Several clients at work until the server dies.
private final class Load: @unchecked Sendable {
    private let lock = NSLock()
    private var promises: Promises
    private let ports: Program.Ports
    private let firstNumber: Int
    private let group = DispatchGroup()

    init(_ program: Program, firstNumber: Int, _ promises: Promises) {
        self.ports = program.ports
        self.firstNumber = firstNumber
        self.promises = promises
    }

    func begin() {
        self.run { try self.deliver(port: self.ports.smtp, isLMTP: false, offset: 0) }
        self.run { try self.deliver(port: self.ports.lmtp, isLMTP: true, offset: 2_000) }
        self.run { try self.deliver(port: self.ports.smtp, isLMTP: false, offset: 6_000, also: "far@scenario.test") }
        self.run { try self.append(offset: 4_000) }
        self.run { try self.moveAndExpunge() }
    }

    func end() -> Promises {
        self.group.wait()
        return self.promises
    }

    private func run(_ body: @escaping @Sendable () throws -> Void) {
        DispatchQueue.global().async(group: self.group) {
            // It ends when the server is killed, which is what it is for.
            try? body()
        }
    }

    private func note(_ change: (inout Promises) -> Void) {
        self.lock.withLock { change(&self.promises) }
    }

    private func deliver(port: Int, isLMTP: Bool, offset: Int, also elsewhere: String? = nil) throws {
        let client = try SendingClient(port: port, isLMTP: isLMTP)
        for index in 0..<2_000 {
            let number = self.firstNumber + offset + index
            let lines = index % 25 == 24 ? 10_000 : 20
            let replies = try client.send(
                to: ["alice@scenario.test"] + [elsewhere].compactMap(\.self),
                numberedMessage(number, lines: lines),
                isLMTP: isLMTP
            )
            guard replies[0].hasPrefix("250") else { throw ScenarioFailure(replies[0]) }
            self.note { $0.delivered.insert(number) }
        }
    }

    private func append(offset: Int) throws {
        let client = try ReadingClient(port: self.ports.imap, user: "bob")
        for index in 0..<2_000 {
            let number = self.firstNumber + offset + index
            try client.append(numberedMessage(number), to: "INBOX")
            self.note { $0.appended.insert(number) }
        }
    }

    private func moveAndExpunge() throws {
        let client = try ReadingClient(port: self.ports.imap, user: "alice")
        while true {
            try client.run("SELECT INBOX")
            let lines = try client.run("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (X-Number)])")
            let found = lines.compactMap(Self.uidAndNumber)
            for (uid, number) in found.prefix(10) {
                if number % 3 == 0 {
                    try client.run("UID MOVE \(uid) Archive")
                    self.note { $0.moved.insert(number) }
                } else if number % 3 == 1 {
                    self.note { $0.expunging.insert(number) }
                    try client.run("UID STORE \(uid) +FLAGS (\\Deleted)")
                    try client.run("UID EXPUNGE \(uid)")
                    self.note { $0.expunged.insert(number) }
                } else {
                    try client.run("UID STORE \(uid) +FLAGS (\\Flagged kept)")
                }
            }
        }
    }

    private static func uidAndNumber(_ line: String) -> (uid: Int, number: Int)? {
        guard let uid = line.firstRange(of: "UID "), let number = line.firstRange(of: "X-Number: ") else { return nil }
        guard let uid = Int(line[uid.upperBound...].prefix { $0.isNumber }),
            let number = Int(line[number.upperBound...].prefix { $0.isNumber })
        else { return nil }
        return (uid, number)
    }
}
