import Foundation
import Testing

@Suite("crash containment", .serialized)
struct CrashContainmentTests {
    private static let poison =
        "From: x@far.example\r\nX-Martlet-Test-Trap: yes\r\nMessage-ID: <poison@far.example>\r\n\r\nboom\r\n"

    @Test(
        "lesson 5: a message that crashes the worker is parked at its second try; nobody is refused meanwhile",
        .timeLimit(.minutes(10))
    )
    func poison() throws {
        try withProgram { program in
            try program.start()
            let first = try #require(program.workerIdentifier)
            self.sendPoison(program)
            try self.expectService(program, number: 1)
            let second = try #require(program.workerIdentifier)
            #expect(second != first, "the worker was to die of the first try")

            self.sendPoison(program)
            let parked = try self.waitForParked(program)
            try self.expectService(program, number: 2)
            try self.expectService(program, number: 3)
            let third = program.workerIdentifier
            sleep(1)
            #expect(program.workerIdentifier == third, "start-up loops on the message")

            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            #expect(try imap.numbers(in: "INBOX") == [1: 1, 2: 1, 3: 1])
            let life = try program.martlet("trace", String(parked.prefix(13)))
            #expect(life.contains("worker-died") && life.contains("parked"), "\(life)")
            try program.expectSound()
        }
    }

    /// The connection may break at any point: that is what the message is for.
    private func sendPoison(_ program: Program) {
        guard let client = try? SendingClient(port: program.ports.smtp) else { return }
        _ = try? client.send(to: ["alice@scenario.test"], Self.poison)
    }

    /// A connection made now is served, be it after a moment in the backlog.
    private func expectService(_ program: Program, number: Int) throws {
        let client = try SendingClient(port: program.ports.smtp)
        #expect(try client.send(to: ["alice@scenario.test"], numberedMessage(number))[0].hasPrefix("250"))
    }

    /// - Returns: what `queue list` shows; it begins with the message's id.
    private func waitForParked(_ program: Program) throws -> String {
        for _ in 0..<100 {
            let (status, output) = try program.run(["queue", "list", "--state", "parked"])
            if status == 0, output.contains("crash") { return output }
            usleep(100_000)
        }
        throw ScenarioFailure("the message was not parked: \(try program.run(["queue", "list"]).output)")
    }
}
