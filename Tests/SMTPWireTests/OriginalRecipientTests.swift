import MailTypes
import Testing

@testable import SMTPWire

@Suite("ORCPT as this host adds it")
struct OriginalRecipientTests {
    @Test(
        "is the address in xtext, or in the form for addresses beyond ASCII",
        arguments: [
            ("bob", "rfc822;bob@example.org"), ("bob+x", "rfc822;bob+2Bx@example.org"),
            ("a b", "rfc822;\"a+20b\"@example.org"), ("jörg+x", #"utf-8;j\x{F6}rg\x{2B}x@example.org"#),
        ]
    )
    func forms(localPart: String, parameter: String) {
        let address = EmailAddress(localPart: localPart, domain: Domain("example.org"))
        #expect(OriginalRecipient.parameter(for: .address(address)) == parameter)
    }

    @Test("of a postmaster without a domain is the bare name")
    func postmaster() {
        #expect(OriginalRecipient.parameter(for: .postmaster) == "rfc822;postmaster")
    }

    @Test("is left out when it would be longer than a host must take")
    func long() {
        let address = EmailAddress(localPart: String(repeating: "ö", count: 100), domain: Domain("example.org"))
        #expect(OriginalRecipient.parameter(for: .address(address)) == nil)
    }
}
