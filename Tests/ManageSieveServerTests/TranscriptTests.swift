import MailStore
import ManageSieveServer
import Testing

@Suite("ManageSieve transcripts")
struct TranscriptTests {
    @Test("the conversation goes as written", .timeLimit(.minutes(10)), arguments: try Transcript.all())
    func conversation(_ transcript: Transcript) async throws {
        try await ManageSieveSite.with(hasTLS: transcript.options.contains("tls")) { configuration in
            if transcript.options.contains("no-plaintext") { configuration.allowsPlaintextLogin = { _ in false } }
            if transcript.options.contains("few-errors") {
                configuration.session.errorsBeforeLoginMax = 3
                configuration.session.errorsMax = 3
                configuration.session.failedLoginsMax = 2
            }
            if transcript.options.contains("small") {
                configuration.setScriptOctetsMax(30)
                configuration.quota = ScriptQuota(scripts: 2, octets: 40)
            }
        } _: { site in
            let client = try await ManageSieveClient(port: site.port)
            try await transcript.play(client)
            await client.close()
        }
    }
}
