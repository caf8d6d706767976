import MailTypes
import SenderAuth
import Testing

@Suite("DMARC: records")
struct DMARCRecordTests {
    static func record(_ text: String) -> DMARCRecord? { DMARCRecord(Array(text.utf8)) }

    @Test("a record's tags are read, and what is not said is what the standard says")
    func tags() throws {
        let plain = try #require(Self.record("v=DMARC1; p=none"))
        #expect(plain.policy == .none && plain.subdomainPolicy == nil && plain.missingDomainPolicy == nil)
        #expect(plain.dkimAlignment == .relaxed && plain.spfAlignment == .relaxed && plain.percent == 100)
        #expect(!plain.isTesting && plain.suffixRole == .unknown && plain.failureOptions == "0")
        let full = try #require(
            Self.record(
                "v = DMARC1 ;p=Reject;sp=quarantine; np = none; adkim=s; aspf=S; pct=25; t=y; psd=n; fo=1:d:s; x=y; "
                    + "rua=mailto:a@example.org!10m, mailto:b%2Bc@example.org ,https://example.org/r; "
                    + "ruf=mailto:f@example.org;"
            )
        )
        #expect(
            full.policy == .reject && full.subdomainPolicy == .quarantine
                && full.missingDomainPolicy == DMARCDisposition.none
        )
        #expect(full.dkimAlignment == .strict && full.spfAlignment == .strict && full.percent == 25)
        #expect(full.isTesting && full.suffixRole == .no && full.failureOptions == "1:d:s")
        #expect(full.aggregateReports.map(\.mailbox?.description) == ["a@example.org", "b+c@example.org", nil])
        #expect(full.aggregateReports.map(\.octetsMax) == [10 << 20, nil, nil])
        #expect(full.failureReports.map(\.uri) == ["mailto:f@example.org"])
    }

    @Test(
        "what does not begin with v=DMARC1 is no policy",
        arguments: [
            "", "v=DMARC1x; p=none", "v=dmarc1; p=none", "p=none; v=DMARC1", "v=DMARC2; p=none", "DMARC1",
            "v=spf1 -all", ";v=DMARC1",
        ]
    )
    func others(_ text: String) {
        #expect(Self.record(text) == nil)
    }

    @Test(
        "a policy that is wrong counts as none where reports are asked for, and as no record otherwise",
        arguments: [
            ("p=refuse", true), ("p=", true), ("p=reject; sp=x", true), ("p=reject; np=", true), ("", false),
            ("sp=reject", false),
        ]
    )
    func wrongPolicies(_ tags: String, _ needsReports: Bool) throws {
        #expect((Self.record("v=DMARC1; \(tags)") == nil) == needsReports)
        let reporting = try #require(Self.record("v=DMARC1; \(tags); rua=mailto:a@example.org"))
        #expect(reporting.policy == .none)
    }

    @Test(
        "other tags that are wrong count as absent",
        arguments: [
            "adkim=x", "aspf=", "pct=101", "pct=-1", "pct=x", "pct=+5", "t=yes", "psd=maybe", "=", "x", ";;", "p=none",
            "a b=c", "rua=", "rua=nothing",
        ]
    )
    func wrongTags(_ tag: String) {
        #expect(Self.record("v=DMARC1; p=reject; \(tag)") == Self.record("v=DMARC1; p=reject") || tag == "pct=+5")
    }

    @Test(
        "report addresses are read",
        arguments: [
            ("mailto:a@b.example", "a@b.example", nil), ("MAILTO:a@b.example!5", "a@b.example", 5),
            ("mailto:a@b.example!1k", "a@b.example", 1_024),
            ("mailto:a@b.example!2g", "a@b.example", 2 << 30), ("mailto:a%21b@b.example", "a!b@b.example", nil),
            ("mailto:a@b.example?subject=x", "a@b.example", nil), ("mailto:a@b@c.example", "a@b@c.example", nil),
        ] as [(String, String, Int?)]
    )
    func reportAddresses(_ text: String, _ mailbox: String, _ octetsMax: Int?) throws {
        let address = try #require(Self.record("v=DMARC1; p=none; rua=\(text)")?.aggregateReports.first)
        #expect(address.mailbox.map { "\($0.localPart)@\($0.domain)" } == mailbox)
        #expect(address.octetsMax == octetsMax)
    }

    @Test(
        "what is no address is passed over",
        arguments: [
            "mailto", ":x", "mailto:", "mailto:@b", "mailto:a@", "mailto:a%2@b.example", "mailto:a%zz@b.example",
            "mailto:a@b!x", "mailto:a@b!1kk", "mailto:a@b!1!2", "mailto:a@b!9999999999",
        ]
    )
    func wrongAddresses(_ text: String) {
        #expect(Self.record("v=DMARC1; p=none; rua=\(text)")?.aggregateReports.allSatisfy { $0.mailbox == nil } == true)
    }

    @Test("twenty addresses are read, more are not")
    func addressLimit() {
        let list = (0..<50).map { "mailto:a\($0)@example.org" }.joined(separator: ",")
        #expect(Self.record("v=DMARC1; p=none; rua=\(list)")?.aggregateReports.count == 20)
    }

    @Test("a record of more than 8 KiB is none")
    func octetLimit() {
        #expect(Self.record("v=DMARC1; p=none; x=" + String(repeating: "y", count: 8_192)) == nil)
    }
}
