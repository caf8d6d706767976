import MIME
import Testing

@testable import SieveLanguage

@Suite("Address fields of the usual form")
struct PlainAddressTests {
    private static func plain(_ text: String) -> [SieveAddress]? {
        let bytes = Array(text.utf8)
        return SieveAddress.plainList(0..<bytes.count, in: bytes.span)
    }

    /// As the general reader has them.
    private static func members(_ text: String) -> [HeaderAddress] {
        let bytes = Array(text.utf8)
        return AddressList.parse(0..<bytes.count, in: bytes.span)
    }

    @Test(
        "they are read as the general reader reads them",
        arguments: [
            "a@b", " a@b ", "ann+news@sender.test", "<a@b.test>", "Ann <ann@sender.test>", "Ann of Sales\t<a@b>",
            "John Q. Public <john@example.org>", "\"Public, John\" <john@example.org>", "\"a\" b \"c\" <a@b>",
            "\"Übung (1)\" <a@b>", "a@b,c@d", "a@b , \"x\" <c@d>,e.f@g.h", "\"\" <a@b>", "\"x\"<a@b>", "a<b@c>",
            "!#$%&'*+-/=?^_`{|}~@x",
        ]
    )
    func usual(field: String) throws {
        let addresses = try #require(Self.plain(field))
        let members = Self.members(field)
        #expect(members.allSatisfy { !$0.isBroken && !$0.isGroupStart && !$0.isGroupEnd })
        #expect(addresses.map(\.localPart) == members.map(\.mailbox))
        #expect(addresses.map(\.domain) == members.map(\.domain))
        #expect(addresses.map(\.all) == members.map { ($0.mailbox ?? []) + Array("@".utf8) + ($0.domain ?? []) })
    }

    @Test(
        "what has another form is left to the general reader",
        arguments: [
            "", " ", "a", "a@", "@b", "a@b,", ",a@b", "a@b c@d", "a@b;", "a@b (Ann)", "(Ann) a@b", "a . b@c", "a@b.",
            ".a@b", "a..b@c", "a@[10.0.0.1]", "\"a b\"@c", "\"a\\\"b\" <a@b>", "\"a <a@b>", "friends: a@b;",
            "Ann <@x:a@b>", "Ann < a@b>", "Ann <a@b", "Ann <a@b> x", "Übung <a@b>", "ü@b", ". <a@b>",
            "Ann <a@b>\r\n c@d",
            "Ann,\r\n <a@b>", "<>",
        ]
    )
    func others(field: String) {
        #expect(Self.plain(field) == nil)
    }
}
