import MailTypes
import Testing

@Suite("address of a DNS server")
struct DNSServerAddressTests {
    @Test(
        "an address with or without port is read and written",
        arguments: [
            ("192.0.2.1", "192.0.2.1:53"), ("192.0.2.1:5353", "192.0.2.1:5353"), ("192.0.2.1:65535", "192.0.2.1:65535"),
            ("2001:db8::1", "[2001:db8::1]:53"), ("[2001:db8::1]:5353", "[2001:db8::1]:5353"), ("::1", "[::1]:53"),
        ]
    )
    func reads(_ text: String, _ written: String) throws {
        let server = try #require(DNSServerAddress(text))
        #expect(server.description == written)
        #expect(DNSServerAddress(written) == server)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", ":", ":53", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:+53", "192.0.2.1:5a",
            "192.0.2.1:000053", "192.0.2:53", "ns.example:53", "localhost", "[::1]", "[::1]:", "[192.0.2.1]:53",
            "[::1:53", "::1]:53", "192.0.2.1@53",
        ]
    )
    func refuses(_ text: String) {
        #expect(DNSServerAddress(text) == nil)
    }
}
