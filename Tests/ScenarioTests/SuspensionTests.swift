import Foundation
import Testing

@Suite("a suspended account", .serialized)
struct SuspensionTests {
    @Test(
        "cannot be used, its mail is put off, and its share of an alias's mail comes when it may be used again",
        .timeLimit(.minutes(10))
    )
    func suspended() throws {
        try withProgram { program in
            try program.start(foreground: true)
            _ = try program.martlet("alias", "add", "team@scenario.test", "alice@scenario.test", "bob@scenario.test")
            let session = try ReadingClient(port: program.ports.imap, user: "bob")
            _ = try program.martlet("account", "suspend", "bob@scenario.test")
            #expect(try program.martlet("account", "show", "bob@scenario.test").contains("suspended"))
            #expect(throws: (any Error).self) { try ReadingClient(port: program.ports.imap, user: "bob") }
            #expect(throws: (any Error).self) { try session.run("SELECT INBOX") }

            #expect(try Self.answer(to: "bob", program).hasPrefix("450 4.2.1"))
            #expect(try Self.send(1, to: "team", program).hasPrefix("250"))
            #expect(try Self.numbers(of: "alice", program) == [1])
            let queue = try program.martlet("queue", "list")
            #expect(queue.contains("bob@scenario.test") && !queue.contains("<alice@scenario.test>"), "\(queue)")

            _ = try program.martlet("account", "resume", "bob@scenario.test")
            _ = try program.martlet("queue", "flush", "--all")
            #expect(try Self.numbers(of: "bob", program) == [1])
            #expect(try Self.send(2, to: "bob", program).hasPrefix("250"))
            #expect(try Self.numbers(of: "bob", atLeast: 2, program) == [1, 2])
            #expect(try Self.numbers(of: "alice", program) == [1])
            program.killAll()
            try program.expectSound()
        }
    }

    private static func send(_ number: Int, to recipient: String, _ program: Program) throws -> String {
        try SendingClient(port: program.ports.smtp).send(to: ["\(recipient)@scenario.test"], numberedMessage(number))[0]
    }

    /// What RCPT is answered.
    private static func answer(to recipient: String, _ program: Program) throws -> String {
        let client = try SendingClient(port: program.ports.smtp)
        _ = try client.command("MAIL FROM:<sender@far.example>")
        return try client.command("RCPT TO:<\(recipient)@scenario.test>")
    }

    /// The messages in INBOX, once there are so many.
    private static func numbers(of user: String, atLeast count: Int = 1, _ program: Program) throws -> [Int] {
        let client = try ReadingClient(port: program.ports.imap, user: user)
        let end = Date().addingTimeInterval(60)
        while Date() < end {
            let numbers = try client.numbers(in: "INBOX")
            if numbers.count >= count { return numbers.keys.sorted() }
            usleep(50_000)
        }
        throw ScenarioFailure("\(user) has not \(count) messages")
    }
}
