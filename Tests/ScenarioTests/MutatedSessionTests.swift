import Foundation
import MailTesting
import Testing

@Suite("bad input", .serialized)
struct MutatedSessionTests {
    private static let sessions = 10_000

    private static let smtp = [
        "EHLO x\r\nMAIL FROM:<a@b.example> SIZE=100\r\nRCPT TO:<alice@scenario.test>\r\n"
            + "DATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n",
        "EHLO x\r\nMAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<alice@scenario.test> NOTIFY=NEVER\r\n"
            + "BDAT 4\r\nabcdBDAT 0 LAST\r\nQUIT\r\n",
        "EHLO x\r\nAUTH PLAIN AGEAYg==\r\nVRFY a\r\nSTARTTLS\r\nQUIT\r\n",
    ]
    private static let login = "a LOGIN alice@scenario.test \(Program.password)\r\n"
    private static let imap = [
        login + "b SELECT INBOX\r\nc FETCH 1:* (FLAGS BODY.PEEK[1.MIME]<0.5> ENVELOPE)\r\nd LOGOUT\r\n",
        login + "b APPEND INBOX (\\Seen) {5+}\r\nhello\r\nc SEARCH RETURN (ALL) OR SEEN (NOT TEXT x)\r\n"
            + "d LOGOUT\r\n",
        "a LOGIN {22+}\r\nalice@scenario.test xx pw\r\nb LIST \"\" (%) RETURN (STATUS (MESSAGES))\r\n"
            + "c STORE 1 +FLAGS (a)\r\nd LOGOUT\r\n",
    ]
    private static let pop3 = [
        "CAPA\r\nUSER alice@scenario.test\r\nPASS \(Program.password)\r\n"
            + "STAT\r\nLIST\r\nUIDL\r\nTOP 1 5\r\nRETR 1\r\nQUIT\r\n",
        "AUTH PLAIN AGEAYg==\r\nSTLS\r\nUSER x\r\nPASS y\r\nQUIT\r\n",
    ]
    private static let managesieve = [
        "AUTHENTICATE \"PLAIN\" \"\(login64)\"\r\nPUTSCRIPT \"a\" {7+}\r\nkeep;\r\n\r\nSETACTIVE \"a\"\r\n"
            + "LISTSCRIPTS\r\nGETSCRIPT \"a\"\r\nSETACTIVE \"\"\r\nRENAMESCRIPT \"a\" \"b\"\r\nLOGOUT\r\n",
        "NOOP \"x\"\r\nAUTHENTICATE \"PLAIN\"\r\n\"\(login64)\"\r\nHAVESPACE \"a\" 9\r\n"
            + "CHECKSCRIPT {21+}\r\nif true { fileinto 1;\r\nDELETESCRIPT \"b\"\r\nUNAUTHENTICATE\r\nSTARTTLS\r\n",
    ]
    private static let login64 = Data("\0alice@scenario.test\0\(Program.password)".utf8).base64EncodedString()
    /// Octets that mean something to one of the grammars.
    private static let sharpOctets: [UInt8] = [0, 10, 13, 34, 40, 123, 255]

    @Test("10,000 mutated sessions a protocol leave the server up, small and serving others", .timeLimit(.minutes(15)))
    func mutatedSessions() throws {
        try withProgram { program in
            try program.start()
            let before = try #require(program.workerIdentifier)
            let sender = try SendingClient(port: program.ports.smtp)
            #expect(try sender.send(to: ["bob@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            for (seed, port, sessions) in [
                (1, program.ports.smtp, Self.smtp), (2, program.ports.imap, Self.imap),
                (3, program.ports.pop3, Self.pop3), (4, program.ports.managesieve, Self.managesieve),
            ] {
                var random = SeededGenerator(seed: UInt64(seed))
                for round in 0..<Self.sessions {
                    Self.play(sessions[round % sessions.count], port: port, using: &random)
                    guard round % 1_000 == 999 else { continue }
                    let other = try ReadingClient(port: program.ports.imap, user: "bob")
                    #expect(try other.numbers(in: "INBOX") == [1: 1])
                }
            }
            #expect(program.workerIdentifier == before, "the worker died")
            let resident = try residentMebibytes(before)
            #expect(resident < 400, "the worker has grown to \(resident) MiB")
            try program.expectSound()
        }
    }

    /// One session with some octets changed, dropped, doubled or cut, sent at once; the answers are read and forgotten.
    private static func play(_ session: String, port: Int, using random: inout SeededGenerator) {
        var bytes = Array(session.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: bytes[place..<min(place + 20, bytes.count)], at: place)
            case 3: bytes.insert(sharpOctets[place % sharpOctets.count], at: place)
            default: if Int.random(in: 0..<8, using: &random) == 0 { bytes.removeSubrange(place...) }
            }
        }
        guard let client = try? LineClient(port: port, timeout: 5) else { return }
        try? client.send(bytes)
        client.finishSending()
        client.drain()
    }
}

private func residentMebibytes(_ identifier: pid_t) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1_024
}
