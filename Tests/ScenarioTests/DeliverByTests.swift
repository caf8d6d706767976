import Foundation
import Testing

@Suite("deadlines of delivery (RFC 2852)", .serialized)
struct DeliverByTests {
    /// A next host that answers at no port, so that the mail waits.
    private static let nowhere = """
        [route]
        "away.example" = "smtp:127.0.0.1:\(freePort())"
        """

    @Test(
        "after a kill a message is due at the instant it was due before, and what is late goes back to its sender once",
        .timeLimit(.minutes(10))
    )
    func killed() throws {
        try withProgram(settings: Self.nowhere) { program in
            try program.start(foreground: true)
            try Self.send(1, to: "patient@away.example", by: "BY=86400;R", program)
            let due = try Self.deadline(of: "patient@away.example", program)
            try Self.send(2, to: "hasty@away.example", by: "BY=3;R", program)
            program.killAll()

            try program.start(foreground: true)
            #expect(try Self.deadline(of: "patient@away.example", program) == due)
            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            let notices = try Self.waitForNotices(imap)
            #expect(notices.count == 1)
            #expect(notices.first?.contains("Final-Recipient: rfc822;hasty@away.example") == true, "\(notices)")
            #expect(notices.first?.contains("Action: failed\nStatus: 5.4.7") == true, "\(notices)")
            let queue = try program.martlet("queue", "list")
            #expect(queue.contains("patient@away.example") && !queue.contains("hasty@away.example"), "\(queue)")
            #expect(try Self.deadline(of: "patient@away.example", program) == due)
            program.killAll()
            try program.expectSound()
        }
    }

    private static func send(_ number: Int, to recipient: String, by deadline: String, _ program: Program) throws {
        let client = try SendingClient(port: program.ports.smtp)
        let replies = try client.send(
            from: "alice@scenario.test",
            parameters: deadline,
            to: [recipient],
            numberedMessage(number)
        )
        guard replies[0].hasPrefix("250") else { throw ScenarioFailure(replies[0]) }
    }

    /// As `queue list` tells it, to the second.
    private static func deadline(of recipient: String, _ program: Program) throws -> String {
        let lines = try program.martlet("queue", "list").split(separator: "\n").map(String.init)
        let here = try #require(lines.firstIndex { $0.contains("<\(recipient)>") }, "\(lines)")
        return try #require(lines[..<here].last { $0.contains("to be delivered by ") }, "\(lines)")
    }

    /// All that is in INBOX, once anything is.
    private static func waitForNotices(_ imap: ReadingClient) throws -> [String] {
        let end = Date().addingTimeInterval(60)
        while Date() < end {
            try imap.run("EXAMINE INBOX")
            let found = try imap.run("FETCH 1:* (BODY.PEEK[])").filter { $0.contains("FETCH") && $0.contains("\n") }
            if !found.isEmpty { return found.map { $0.replacing("\r\n", with: "\n") } }
            usleep(50_000)
        }
        throw ScenarioFailure("no notice came")
    }
}
