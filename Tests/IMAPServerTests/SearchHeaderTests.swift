import Testing

@testable import IMAPServer

@Suite("search in headers", .serialized, .timeLimit(.minutes(10)))
struct SearchHeaderTests {
    @Test("a hundred keys decode a long header once")
    func manyKeys() async throws {
        // Decoded anew for every key these would be gigabytes: minutes.
        let line = "X: " + String(repeating: "\u{E9}", count: 450) + "\r\n"
        let message = String(repeating: line, count: 18_000) + "\r\nbody\r\n"
        let keys = (0..<100).map { "NOT HEADER X \"no such word \($0)\"" }.joined(separator: " ")
        try await Self.play([message]) { client in
            try client.search(keys, finds: [1])
            try client.search("\(keys) HEADER X \"there is none\"", finds: [])
        }
    }

    @Test("keys of all kinds find what one field holds, whichever comes first")
    func mixedKeys() async throws {
        let message = "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n from  here\r\n\r\nbody\r\n"
        let ascii = "SUBJECT \"from here\""
        let beyond = "SUBJECT {7+}\r\nGR\u{DC}\u{DF}e"
        let text = "TEXT {10+}\r\n: gr\u{FC}\u{DF}e "
        let absent = "NOT SUBJECT {4+}\r\n\u{FC}\u{FC} NOT SUBJECT \"elsewhere\""
        try await Self.play([message]) { client in
            let orders = [
                [ascii, beyond, text, absent], [text, beyond, absent, ascii], [absent, ascii, text, beyond],
            ]
            for keys in orders {
                try client.search("CHARSET UTF-8 \(keys.joined(separator: " "))", finds: [1])
            }
        }
    }

    @Test(
        "what lies beyond the searched part of a header is not found",
        arguments: [
            // Long lines, one line, very many short ones.
            String(repeating: "Y: " + String(repeating: "y", count: 900) + "\r\n", count: 1_200),
            "Y: " + String(repeating: "y", count: SearchedHeaders.octetsMax) + "\r\n",
            String(repeating: "Y:\r\n", count: 20_000),
        ]
    )
    func bound(filler: String) async throws {
        try await Self.play(["X: near\r\n\(filler)X: far\r\n\r\nbody\r\n"]) { client in
            try client.search("HEADER X near TEXT near", finds: [1])
            try client.search("OR HEADER X far TEXT far", finds: [])
            try client.search("TEXT body", finds: [1])
        }
    }

    @Test("the headers of parts have a bound of their own, together")
    func boundOfParts() async throws {
        let filler = String(repeating: "Y: " + String(repeating: "y", count: 8_000) + "\r\n", count: 200)
        let part = "--b\r\nContent-Type: message/rfc822\r\n\r\n"
        let message =
            "MIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=b\r\n\r\n"
            + (1...3).map { "\(part)X: near\($0)\r\n\(filler)X: far\($0)\r\n\r\ninside\($0)\r\n" }.joined()
            + "--b--\r\n"
        try await Self.play([message]) { client in
            for key in ["BODY", "TEXT"] {
                for word in ["near1", "far1", "near3", "inside3"] {
                    try client.search("\(key) \(word)", finds: [1])
                }
                try client.search("\(key) far3", finds: [])
            }
        }
    }

    @Test("of several dates the last one counts, as in ENVELOPE")
    func lastDate() async throws {
        let first = "Date: Mon, 1 Jan 2024 12:00:00 +0000\r\n"
        let last = "Date: Fri, 5 Jan 2024 12:00:00 +0000\r\n"
        try await Self.play([
            "\(first)Subject: two\r\n\(last)\r\nbody\r\n", "\(first)Date: someday\r\n\r\nbody\r\n",
        ]) { client in
            let envelope = try client.command("FETCH 1 ENVELOPE")
            #expect(envelope.first?.contains("5 Jan 2024") ?? false)
            try client.search("SENTON 5-Jan-2024", finds: [1])
            try client.search("SENTSINCE 2-Jan-2024 NOT SENTBEFORE 5-Jan-2024", finds: [1])
            try client.search("OR SENTON 1-Jan-2024 SENTBEFORE 5-Jan-2024", finds: [])
        }
    }

    @Test("an accent written apart from its letter is found in headers and bodies, and the other way round")
    func normalForm() async throws {
        let messages = ["Cafe\u{301}", "caf\u{E9}"].map { "Subject: a \($0)\r\n\r\nthe \($0) there\r\n" }
        try await Self.play(messages + ["Subject: cafe\r\n\r\ncafe\r\n"]) { client in
            for key in ["SUBJECT", "BODY", "TEXT"] {
                for word in ["{5+}\r\ncaf\u{E9}", "{6+}\r\nCAFe\u{301}"] {
                    try client.search("CHARSET UTF-8 \(key) \(word)", finds: [1, 2])
                }
            }
        }
    }

    /// A conversation about an INBOX of these messages.
    private static func play(
        _ messages: [String],
        _ conversation: @escaping @Sendable (TestClient) throws -> Void
    ) async throws {
        try await withSite { site in
            try await site.add(messages)
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                try conversation(client)
            }
        }
    }
}

extension TestClient {
    fileprivate func search(
        _ keys: String,
        finds numbers: [Int],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let answer = try self.command("SEARCH \(keys)")
        let found = (["* SEARCH"] + numbers.map(String.init)).joined(separator: " ")
        #expect(answer == [found, "t OK SEARCH completed"], "\(keys.prefix(200))", sourceLocation: sourceLocation)
    }
}
