import IMAPServer
import MailStore
import MailTypes
import Testing

@Suite("transcripts", .serialized)
struct TranscriptTests {
    @Test("the conversation goes as written", .timeLimit(.minutes(10)), arguments: try Transcript.all())
    func conversation(_ transcript: Transcript) async throws {
        var session = TestSite.impatient
        if transcript.options.contains("few-errors") {
            session.errorsBeforeLoginMax = 3
            session.errorsMax = 3
            session.failedLoginsMax = 2
        }
        try await withSite(
            session: session,
            allowsPlaintextLogin: !transcript.options.contains("no-plaintext")
        ) { site in
            for line in transcript.state { try await Self.prepare(line, site) }
            let port = site.port
            try await onThread { try transcript.play(port: port) }
        }
    }

    /// `mailbox NAME`, or `message MAILBOX TEXT` with `|` for line ends, or `script NAME TEXT`.
    private static func prepare(_ line: String, _ site: TestSite) async throws {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        switch words.first {
        case "mailbox":
            guard let name = MailboxName(words.dropFirst().joined(separator: " ")) else { return }
            _ = try await site.store.create(name, specialUse: nil, of: try site.account("alice"))
        case "message":
            try await site.add([words[2].replacing("|", with: "\r\n")], to: words[1])
        case "script":
            try await site.store.putScript(words[1], text: Array(words[2].utf8), of: try site.account("alice"))
        case "quota":
            try await site.store.setQuota(try site.account("alice"), octets: Int(words[1]), messages: nil)
        default:
            throw Transcript.Malformed(name: line, line: 0)
        }
    }
}
