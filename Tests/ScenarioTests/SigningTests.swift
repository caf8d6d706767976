import Foundation
import MailTesting
import Testing

@Suite("signing what users submit", .serialized)
struct SigningTests {
    /// The program that sends, which hands mail for the other one's domain to it by LMTP.
    private static func settings(_ receiver: Program) -> String {
        """
        [route]
        "far.example" = "lmtp:127.0.0.1:\(receiver.ports.lmtp)"
        """
    }

    @Test(
        "a submitted message arrives elsewhere with a signature that the published key verifies",
        .timeLimit(.minutes(10))
    )
    func submission() throws {
        try withProgram(accounts: ["carol"]) { receiver in
            try receiver.martlet("domain", "add", "far.example")
            try receiver.martlet("alias", "add", "carol@far.example", "carol@scenario.test")
            try receiver.start()
            try withProgram(settings: Self.settings(receiver)) { sender in
                let record = try sender.martlet("dkim", "key", "new", "scenario.test", "--selector", "first")
                try sender.start()
                try Self.submit(1, sender)
                try sender.martlet("dkim", "key", "activate", "scenario.test")
                try Self.submit(2, sender)
                let messages = try Self.messages(2, of: receiver)

                let zone = try #require(record.split(separator: "\n\n").first)
                let folder = "\(sender.home)/zone"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let names = try DNSTestServer([TestZone("scenario.test", String(zone))], folder: folder)
                defer { names.stop() }
                func verdict(_ message: String) throws -> String {
                    let path = "\(folder)/message.eml"
                    try message.write(toFile: path, atomically: true, encoding: .utf8)
                    return try sender.martlet("auth", "dkim", path, "--dns", "127.0.0.1:\(names.port)")
                }
                #expect(try verdict(messages[0]).hasPrefix("none"), "a key that is only published signs nothing")
                let signed = messages[1]
                #expect(try verdict(signed).hasPrefix("pass"), "\(signed)")
                #expect(signed.contains("d=scenario.test") && signed.contains("s=first"), "\(signed)")
                #expect(try verdict(signed.replacing("line 7 of", with: "line 8 of")).hasPrefix("fail"))
                sender.stop()
                try sender.expectSound()
            }
        }
    }

    private static func submit(_ number: Int, _ program: Program) throws {
        let client = try SendingClient(port: program.ports.submission)
        let login = Data("\0alice@scenario.test\0\(Program.password)".utf8).base64EncodedString()
        guard try client.command("AUTH PLAIN \(login)").hasPrefix("235") else { throw ScenarioFailure("no login") }
        let message = numberedMessage(number).replacing("sender@far.example", with: "alice@scenario.test")
        let replies = try client.send(from: "alice@scenario.test", to: ["carol@far.example"], message)
        guard replies[0].hasPrefix("250") else { throw ScenarioFailure(replies[0]) }
    }

    /// What came, in the order of its numbers, once so many have.
    private static func messages(_ count: Int, of program: Program) throws -> [String] {
        let imap = try ReadingClient(port: program.ports.imap, user: "carol")
        let end = Date().addingTimeInterval(60)
        while try imap.numbers(in: "INBOX").count < count {
            guard Date() < end else { throw ScenarioFailure("not all messages came") }
            usleep(50_000)
        }
        return try (1...count).map { number in
            let found = try imap.run("UID SEARCH HEADER X-Number \(number)")[0]
            let uid = try #require(found.split(separator: " ").last)
            let answer = try imap.run("UID FETCH \(uid) (BODY.PEEK[])")[0]
            let start = try #require(answer.firstIndex(of: "\n"))
            return String(answer[start...].dropFirst().dropLast())
        }
    }
}
