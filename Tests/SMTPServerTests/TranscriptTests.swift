import Listener
import MailQueue
import MailTesting
import Testing

@Suite("conversations", .timeLimit(.minutes(10)))
struct TranscriptTests {
    @Test("the written conversations go as written", arguments: Transcript.all)
    func conversation(_ transcript: Transcript) async throws {
        try await TestSite.with(trustsLoopback: transcript.config["trusted"] == "yes") { site in
            let tls = transcript.config["tls"] == nil ? nil : try TLSContexts.test(in: site.folder)
            let mode: TLSMode = transcript.config["tls"] == "implicit" ? .implicit : tls == nil ? .none : .startTLS
            try await TestServer.with(site, transcript.options, tlsMode: mode, tls: tls) { server in
                try await Self.run(transcript, site, server)
            }
        }
    }

    private static func run(_ transcript: Transcript, _ site: TestSite, _ server: TestServer) async throws {
        let isImplicit = transcript.config["tls"] == "implicit"
        let client = try await server.connect(tls: isImplicit ? try trusting(site.folder.path("cert.pem")) : nil)
        defer { Task { await client.close() } }
        for (number, text) in transcript.steps {
            let place: Comment = "\(transcript.name):\(number): \(text)"
            if text.hasPrefix("C: ") || text == "C:" {
                try await client.send(Transcript.unescaped(text.dropFirst(3)) + "\r\n")
            } else if text.hasPrefix("C- ") {
                try await client.send(Transcript.unescaped(text.dropFirst(3)))
            } else if text.hasPrefix("S: ") {
                let line = try await client.line()
                #expect(Transcript.matches(line, text.dropFirst(3)), "\(place.rawValue) got \(line)")
            } else if text.hasPrefix("R: ") {
                let line = try await client.reply().last ?? ""
                #expect(Transcript.matches(line, text.dropFirst(3) + "*"), "\(place.rawValue) got \(line)")
            } else if text == "TLS" {
                try await client.startTLS(try trusting(site.folder.path("cert.pem")))
            } else if text == "CLOSED" {
                try await client.waitForClose()
            } else {
                try await Self.check(text, place, site)
            }
        }
    }

    private static func check(_ text: String, _ place: Comment, _ site: TestSite) async throws {
        let words = text.split(separator: " ", maxSplits: 2).map(String.init)
        switch words[0] {
        case "INBOX:":
            #expect(try await site.inbox(words[1]).count == Int(words[2]), place)
        case "QUEUE:":
            #expect(try await site.queue.list().flatMap(\.recipients).count == Int(words[1]), place)
        case "HAS:":
            let message = try await site.inbox(words[1]).last ?? ""
            #expect(message.contains(Transcript.unescaped(words[2])), "\(place.rawValue) got \(message)")
        case "LACKS:":
            let message = try await site.inbox(words[1]).last ?? ""
            #expect(!message.contains(Transcript.unescaped(words[2])), "\(place.rawValue) got \(message)")
        default:
            Issue.record("\(place.rawValue): not understood")
        }
    }
}
