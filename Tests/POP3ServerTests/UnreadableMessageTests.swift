import Foundation
import MailStore
import MailTesting
import POP3Server
import Storage
import Testing

@Suite("POP3: a message that cannot be read", .serialized, .timeLimit(.minutes(10)))
struct UnreadableMessageTests {
    private static let large = "Subject: large\r\n\r\n" + String(repeating: "0123456789abcd\r\n", count: 10_000)
    private static let texts = (1...5).map { $0 == 3 ? large : "Subject: \($0)\r\n\r\n" }

    @Test("is refused when it is asked for, and every other is given", arguments: [false, true])
    func refused(isPipelined: Bool) async throws {
        let log = KeptLog()
        try await POP3Site.with(logger: log.logger) { site in
            try await site.add(Self.texts)
            let bodies = site.store.shard(of: try site.account()).bodies
            let name = try #require(bodies.all().first)
            try #require(FileHandle(forWritingAtPath: bodies.path(of: name))).truncate(atOffset: 5_000)
            try await site.talk { client in
                try client.logIn()
                if isPipelined { try client.send((1...5).map { "RETR \($0)\r\n" }.joined()) }
                for number in 1...5 {
                    let answer = isPipelined ? try client.line() : try client.command("RETR \(number)")
                    #expect(answer.hasPrefix(number == 3 ? "-ERR [SYS/TEMP] Message cannot be read now" : "+OK "))
                    guard answer.hasPrefix("+OK") else { continue }
                    let text = try client.text()
                    #expect(text.first == "Subject: \(number)")
                }
                let (top, bye) = (try client.command("TOP 3 0"), try client.command("QUIT"))
                #expect(top.hasPrefix("-ERR [SYS/TEMP]") && bye.hasPrefix("+OK"))
            }
            let lines = log.lines.filter { $0.text == "a message cannot be read" }
            #expect(lines.map { $0.fields["uid"] } == ["3", "3"], "\(log.lines)")
            let inbox = try await site.inbox()
            #expect(inbox.unseen == 1, "what could not be read is not read")
        }
    }
}
