import MailTypes
import SenderAuth
import Testing

/// The messages that the standards themselves sign.
@Suite("DKIM: the standards' own examples")
struct DKIMVectorTests {
    /// RFC 6376 §A.2, with the blanks of erratum 4926 and §A.3's key as §C prints it.
    static let signed6376 = """
        DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
              c=simple/simple; q=dns/txt; i=joe@football.example.com;
              h=Received : From : To : Subject : Date : Message-ID;
              bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
              b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
                4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
                KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
                4bmp/YzhwvcubU4=;
        Received: from client1.football.example.com  [192.0.2.1]
              by submitserver.example.com with SUBMISSION;
              Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
        From: Joe SixPack <joe@football.example.com>
        To: Suzie Q <suzie@shopping.example.net>
        Subject: Is dinner ready?
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
        Message-ID: <20030712040037.46341.5F8J@football.example.com>

        Hi.

        We lost the game. Are you hungry yet?

        Joe.

        """

    static let key6376 = """
        v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt\
        IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi\
        tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB
        """

    /// RFC 8463 §A.3.
    static let signed8463 = """
        DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
         d=football.example.com; i=@football.example.com;
         q=dns/txt; s=brisbane; t=1528637909; h=from : to :
         subject : date : message-id : from : subject : date;
         bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
         b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
         Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
         d=football.example.com; i=@football.example.com;
         q=dns/txt; s=test; t=1528637909; h=from : to : subject :
         date : message-id : from : subject : date;
         bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
         b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
         DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
         dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
        From: Joe SixPack <joe@football.example.com>
        To: Suzie Q <suzie@shopping.example.net>
        Subject: Is dinner ready?
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
        Message-ID: <20030712040037.46341.5F8J@football.example.com>

        Hi.

        We lost the game.  Are you hungry yet?

        Joe.

        """

    static let edKey8463 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    static let rsaKey8463 = """
        v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\
        Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G\
        +2kryOTIKT+l/K4w3QIDAQAB
        """

    static var zone: TestZone {
        var zone = TestZone()
        zone.txt("brisbane._domainkey.example.com", Self.key6376)
        zone.txt("brisbane._domainkey.football.example.com", Self.edKey8463)
        zone.txt("test._domainkey.football.example.com", Self.rsaKey8463)
        return zone
    }

    @Test("RFC 6376's example passes, by RSA with the simple form", arguments: [1, 7, 1_000])
    func example6376(pieceOctets: Int) throws {
        var zone = Self.zone
        let results = verifyDKIM(Self.signed6376.wire, &zone, pieceOctets: pieceOctets)
        let signature = try #require(results.first?.verified)
        #expect(results.count == 1)
        #expect(signature.domain.text == "example.com")
        #expect(signature.identity == "joe@football.example.com")
        #expect(signature.unsignedBodyOctets == 0)
    }

    @Test("RFC 6376's example passes with bare line feeds too, as a file of it has them")
    func lineFeeds() {
        var zone = Self.zone
        #expect(verifyDKIM(Array(Self.signed6376.utf8), &zone).map(\.verdict) == [.pass])
    }

    @Test("RFC 8463's example passes, by Ed25519 and by RSA with the relaxed form", arguments: [1, 7, 1_000])
    func example8463(pieceOctets: Int) throws {
        var zone = Self.zone
        let results = verifyDKIM(Self.signed8463.wire, &zone, pieceOctets: pieceOctets)
        #expect(results.map(\.verdict) == [.pass, .pass])
        #expect(results.map(\.claim?.algorithm) == [.ed25519SHA256, .rsaSHA256])
    }

    @Test(
        "one changed letter anywhere in what is signed is seen",
        arguments: ["game", "Joe SixPack", "dinner", "21:00:37"]
    )
    func changes(_ word: String) {
        var zone = Self.zone
        for text in [Self.signed6376, Self.signed8463] {
            let results = verifyDKIM(text.replacing(word, with: word.uppercased() + "x").wire, &zone)
            #expect(results.allSatisfy { $0.verdict == .fail })
        }
    }

    @Test("blanks that hosts on the way even out break the simple form and not the relaxed one")
    func blanks() {
        var zone = Self.zone
        func stretched(_ text: String) -> [UInt8] {
            text.replacing("Subject: Is dinner", with: "SUBJECT :  Is\n\tdinner").replacing("Joe.\n", with: "Joe. \t\n")
                .wire
        }
        #expect(verifyDKIM(stretched(Self.signed6376), &zone).map(\.problem) == [.bodyHashDiffers])
        #expect(verifyDKIM(stretched(Self.signed8463), &zone).map(\.verdict) == [.pass, .pass])
    }

    @Test("an added From field is seen where the sender signed against it")
    func addedField() {
        var zone = Self.zone
        let message = Self.signed8463.replacing("From: Joe", with: "From: Eve <eve@example.net>\nFrom: Joe").wire
        #expect(verifyDKIM(message, &zone).map(\.problem) == [.signatureDiffers, .signatureDiffers])
    }
}
