import Testing

@testable import MIME

@Suite("Message-ID as people look for it")
struct MessageIDFieldTests {
    private func first(_ message: String) -> String? {
        MessageIDField.first(in: Array(message.utf8).span)
    }

    @Test(
        "it is what stands between the angle brackets, or the whole value",
        arguments: [
            ("Message-ID: <1@example.org>\r\n\r\n", "1@example.org"), ("message-id:\r\n <1@a>  \r\n\r\n", "1@a"),
            ("Message-ID: no brackets\r\n\r\n", "no brackets"), ("Message-ID: <\r\n\r\n", ""),
            ("Message-ID:\r\n\r\n", ""), ("Message-ID: <a>\r\nMessage-ID: <b>\r\n\r\n", "a"),
            ("Subject: x\n\nMessage-ID: <in@the.body>\n", nil), ("", nil),
        ] as [(String, String?)]
    )
    func reading(_ message: String, _ expected: String?) {
        #expect(self.first(message) == expected)
    }

    @Test("a longer one than a line may be is cut")
    func limit() {
        let long = String(repeating: "x", count: 2 * MessageIDField.octetsMax)
        #expect(self.first("Message-ID: \(long)\r\n\r\n")?.utf8.count == MessageIDField.octetsMax)
    }
}
