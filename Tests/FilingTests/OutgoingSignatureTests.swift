import Filing
import MailQueue
import MailStore
import MailTypes
import NIOCore
import Synchronization
import Testing

@Suite("signatures of what scripts send", .timeLimit(.minutes(10)))
struct OutgoingSignatureTests {
    /// Signs, and remembers what and for whom.
    private final class Signer: Sendable {
        static let field = "DKIM-Signature: test\r\n"

        let signed = Mutex<[(author: String, text: String)]>([])

        func sign(_ message: ByteBuffer, _ author: Domain) -> [UInt8] {
            self.signed.withLock { $0.append((author.name, String(buffer: message))) }
            return Array(Self.field.utf8)
        }

        var authors: [String] { self.signed.withLock { $0.map(\.author) } }
    }

    private static func authors(
        of script: String,
        before: [String] = []
    ) async throws -> (authors: [String], sent: Int) {
        let signer = Signer()
        var sent = 0
        let sign: OutgoingPump.Sign = { signer.sign($0, $1) }
        try await TestMailroom.with(before: before, sign: sign) { room in
            try await room.setScript(script)
            await room.deliver()
            sent = try await room.queued().count
            let octets = try await room.queue.list().map(\.octets).sorted()
            let written = signer.signed.withLock { $0.map { $0.text.utf8.count + Signer.field.utf8.count } }.sorted()
            if !written.isEmpty { #expect(octets == written) }
        }
        return (signer.authors, sent)
    }

    static let signedScripts: [(String, String)] = [
        ("require \"vacation\"; vacation \"away\";", "martlet.test"),
        ("require \"vacation\"; vacation :from \"Alice <A.Liddell@Martlet.test>\" \"away\";", "martlet.test"),
        // In the owner's name, whatever the script says.
        ("require \"vacation\"; vacation :from \"boss@martlet.test\" \"away\";", "martlet.test"),
        (
            "require \"vacation\"; vacation :mime \"From: boss@example.com\nContent-Type: text/plain\n\naway\";",
            "martlet.test"
        ),
        ("require \"enotify\"; notify :from \"bank@example.com\" \"mailto:pager@example.net\";", "martlet.test"),
        ("require \"enotify\"; notify \"mailto:pager@example.net\";", "mail.martlet.test"),
        ("require \"enotify\"; notify :from \"alice@martlet.test\" \"mailto:pager@example.net\";", "martlet.test"),
    ]

    @Test("answers and notifications are signed for the domain of their author", arguments: signedScripts)
    func signed(_ script: String, _ author: String) async throws {
        let (authors, sent) = try await Self.authors(of: script)
        #expect(authors == [author])
        #expect(sent == 1)
    }

    @Test(
        "what is sent on, or written by the site in a name that is not its recipient's, is left unsigned",
        arguments: [
            ("redirect \"x@example.net\";", ""),
            ("keep;", "require \"vacation\"; vacation :from \"boss@martlet.test\" \"away\";"),
            ("keep;", "require \"enotify\"; notify :from \"boss@martlet.test\" \"mailto:pager@example.net\";"),
        ]
    )
    func unsigned(_ script: String, _ before: String) async throws {
        let (authors, sent) = try await Self.authors(of: script, before: before.isEmpty ? [] : [before])
        #expect(authors == [])
        #expect(sent == 1)
    }

    @Test("a message that cannot be signed is sent all the same")
    func failing() async throws {
        struct Broken: Error {}
        let sign: OutgoingPump.Sign = { _, _ in throw Broken() }
        try await TestMailroom.with(sign: sign) { room in
            try await room.setScript("require \"vacation\"; vacation \"away\";")
            await room.deliver()
            #expect(try await room.queued() == [" → carol@example.org"])
            #expect(try await room.store.outgoing(limit: 1).isEmpty)
        }
    }
}
