import NIOCore
import Reception
import Testing

@Suite("trusted networks")
struct NetworkListTests {
    @Test(
        "an address is in a network or not",
        arguments: [
            ("127.0.0.0/8", "127.3.2.1", true),
            ("127.0.0.0/8", "128.0.0.1", false),
            ("192.0.2.128/25", "192.0.2.129", true),
            ("192.0.2.128/25", "192.0.2.127", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true),
            ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false),
            ("::/0", "192.0.2.1", false),
        ]
    )
    func membership(_ network: String, _ address: String, _ isMember: Bool) throws {
        let list = try #require(NetworkList([network]))
        #expect(list.contains(try SocketAddress(ipAddress: address, port: 25)) == isMember)
    }

    @Test(
        "what is no network is refused",
        arguments: [
            "", "/8", "127.0.0.0/33", "127.0.0.0/-1", "127.0.0.0/x", "localhost", "::1/129", "1.2.3.4/8/8",
        ]
    )
    func malformed(_ text: String) {
        #expect(NetworkList([text]) == nil)
    }

    @Test("no networks hold nobody")
    func none() throws {
        #expect(!NetworkList.none.contains(try SocketAddress(ipAddress: "127.0.0.1", port: 1)))
    }
}
