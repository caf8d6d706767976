import Foundation
import MailTesting
import Testing

@Suite("few descriptors", .serialized)
struct DescriptorTests {
    @Test("clients that only connect leave enough for mail and for the postmaster", .timeLimit(.minutes(10)))
    func crowd() throws {
        try withProgram { program in
            program.launcher = ["/usr/bin/prlimit", "--nofile=800:800"]
            try program.start()
            let sender = try SendingClient(port: program.ports.smtp)
            #expect(try sender.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))

            var crowd: [LineClient] = []
            var refusals: [String] = []
            for _ in 0..<600 {
                let client = try LineClient(port: program.ports.smtp)
                let greeting = try client.readLine()
                if greeting.hasPrefix("220") { crowd.append(client) } else { refusals.append(greeting) }
            }
            #expect(crowd.count > 300)
            #expect(!refusals.isEmpty)
            #expect(
                refusals.allSatisfy { $0.hasPrefix("421 ") && $0.hasSuffix("Too many connections; try again later") }
            )
            let large = numberedMessage(2, lines: 10_000)
            #expect(try sender.send(to: ["alice@scenario.test"], large)[0].hasPrefix("250"))
            try program.martlet("status")

            crowd = []
            var isBack = false
            for _ in 0..<100 where !isBack {
                isBack = try LineClient(port: program.ports.smtp).readLine().hasPrefix("220")
                if !isBack { usleep(50_000) }
            }
            #expect(isBack)
            let numbers = try ReadingClient(port: program.ports.imap, user: "alice").numbers(in: "INBOX")
            #expect(numbers == [1: 1, 2: 1])
            let log = try String(contentsOfFile: "\(program.home)/log", encoding: .utf8)
            #expect(log.split(separator: "\n").count { $0.contains("too few open files") } == 1, "\(log)")
            #expect(program.stop() == 0)
            try program.expectSound()
        }
    }
}
