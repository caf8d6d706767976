import MailTypes
import SMTPWire
import Testing

@testable import Delivery

@Suite("The route table")
struct RouteTableTests {
    static func hop(_ port: Int) -> NextHop {
        NextHop(dialect: .smtp, hosts: [.init(name: "127.0.0.1", port: port)])
    }

    static func table() throws -> RouteTable {
        var table = RouteTable(smartHost: hop(9))
        try table.add("User@Exact.example", hop(1))
        try table.add("exact.example", hop(2))
        try table.add(".example", hop(3))
        try table.add(".deep.example", hop(4))
        return table
    }

    @Test(
        "the most exact entry wins",
        arguments: [
            ("user@exact.example", 1), ("USER@EXACT.example", 1), ("other@exact.example", 2),
            ("a@sub.exact.example", 3), ("a@x.deep.example", 4), ("a@deep.example", 3), ("a@elsewhere.test", 9),
            ("a@example", 9),
        ]
    )
    func decides(_ address: String, _ port: Int) throws {
        let parts = address.split(separator: "@")
        let decision = try Self.table().decide(
            EmailAddress(localPart: String(parts[0]), domain: Domain(String(parts[1])))
        )
        #expect(decision == .relay(Self.hop(port)))
    }

    @Test("a star goes before the smart host")
    func star() throws {
        var table = try Self.table()
        try table.add("*", Self.hop(7))
        let address = EmailAddress(localPart: "a", domain: Domain("elsewhere.test"))
        #expect(table.decide(address) == .relay(Self.hop(7)))
    }

    @Test(
        "without any route the configuration says what becomes of the mail",
        arguments: [
            RouteTable.Missing.bounce, .wait,
        ]
    )
    func missing(_ missing: RouteTable.Missing) {
        let table = RouteTable(missing: missing)
        let address = EmailAddress(localPart: "a", domain: Domain("elsewhere.test"))
        #expect(table.decide(address) == .noRoute(missing))
        #expect(table.leadsSomewhere(address) == (missing == .wait))
    }

    @Test("patterns that mean nothing are refused", arguments: ["", ".", "@", "a@", "@b", "two words"])
    func badPatterns(_ pattern: String) {
        var table = RouteTable()
        #expect(throws: RouteTable.PatternError(pattern: pattern)) { try table.add(pattern, Self.hop(1)) }
    }

    @Test(
        "next hops are read as they are written",
        arguments: [
            ("smtp:mail.example", "smtp:mail.example:25"), ("lmtp:127.0.0.1:2424", "lmtp:127.0.0.1:2424"),
            ("lmtp:store", "lmtp:store:24"), ("SMTP:[2001:db8::1]:587", "smtp:[2001:db8::1]:587"),
            ("smtp:[::1]", "smtp:[::1]:25"), ("smtp:a:25,b:26", "smtp:a:25,b:26"),
        ]
    )
    func readsHops(_ text: String, _ canonical: String) {
        #expect(NextHop(text)?.description == canonical)
    }

    @Test(
        "next hops that cannot be are refused",
        arguments: [
            "", "smtp", "smtp:", "http:a:1", "smtp:a:0", "smtp:a:99999", "smtp:a:b", "smtp:[::1", "smtp:::1", "smtp:a,",
        ]
    )
    func refusesHops(_ text: String) {
        #expect(NextHop(text) == nil)
    }
}
