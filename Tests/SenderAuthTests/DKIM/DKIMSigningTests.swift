import MailTypes
import SenderAuth
import Testing

@Suite("DKIM: signing")
struct DKIMSigningTests {
    static let message = """
        Received: from a.example.org by b.example.org; Thu, 9 Oct 2025 08:53:20 +0000
        From: Ann <ann@example.org>
        To: Bob <bob@example.net>
        Subject: A subject that is
         folded   over lines
        Date: Thu, 9 Oct 2025 08:53:20 +0000
        Message-ID: <1@example.org>
        Content-Type: text/plain

        Hello  Bob,

        this is all.


        """.wire

    static func options(_ key: DKIMPrivateKey = TestKeys.ed25519) -> DKIMSigningOptions {
        DKIMSigningOptions(domain: TestZone.name("example.org"), selector: TestZone.name("s1"), key: key)
    }

    static func zone(_ key: DKIMPrivateKey = TestKeys.ed25519, _ extra: String = "") -> TestZone {
        var zone = TestZone()
        zone.txt("s1._domainkey.example.org", key.recordText + extra)
        return zone
    }

    @Test("what we sign we verify, in each form", arguments: Canonicalization.allCases, Canonicalization.allCases)
    func roundTrip(_ header: Canonicalization, _ body: Canonicalization) throws {
        for key in [TestKeys.ed25519, TestKeys.rsa] {
            var options = Self.options(key)
            options.headerForm = header
            options.bodyForm = body
            options.identity = "ann@mail.example.org"
            options.lifetime = .seconds(86_400)
            let field = try DKIMSigner(options).field(message: Self.message.span, now: .testNow)
            var zone = Self.zone(key)
            let results = verifyDKIM(field + Self.message, &zone)
            #expect(results.map(\.verdict) == [.pass])
            #expect(results.first?.verified?.identity == "ann@mail.example.org")
            #expect(results.first?.claim?.expiresAt == Instant(secondsSince1970: 1_760_086_400))
        }
    }

    @Test("a signature is folded at 78 characters, and the same message gives the same text")
    func stableFold() throws {
        var options = Self.options(TestKeys.rsa)
        options.signedNames += (1...30).map { "X-Field-With-A-Long-Name-\($0)" }
        options.oversignedNames += (1...30).map { "X-Field-With-A-Long-Name-\($0)" }
        let signer = DKIMSigner(options)
        let field = try signer.field(message: Self.message.span, now: .testNow)
        #expect(try signer.field(message: Self.message.span, now: .testNow) == field)
        let text = String(decoding: field, as: UTF8.self)
        #expect(text.hasSuffix("\r\n") && !text.hasSuffix("\r\n\r\n"))
        for line in text.split(separator: "\r\n") {
            #expect(line.utf8.count <= 78)
            #expect(line.hasPrefix("DKIM-Signature: ") || line.hasPrefix("\t"))
        }
        var zone = Self.zone(TestKeys.rsa)
        #expect(verifyDKIM(field + Self.message, &zone).map(\.verdict) == [.pass])
    }

    @Test(
        "fields named for it are signed against additions, others may be added",
        arguments: [
            ("From: Eve <eve@example.org>", false), ("Subject: other", false), ("Content-Type: text/html", false),
            ("Reply-To: eve@example.org", false), ("Received: from c.example.org", true), ("X-Mailer: one", true),
            ("References: <0@example.org>", true),
        ]
    )
    func oversigning(_ field: String, _ passes: Bool) throws {
        let signature = try DKIMSigner(Self.options()).field(message: Self.message.span, now: .testNow)
        var zone = Self.zone()
        for added in [
            Array("\(field)\r\n".utf8) + signature + Self.message,
            signature + Array("\(field)\r\n".utf8) + Self.message,
        ] {
            #expect(verifyDKIM(added, &zone).map(\.verdict) == [passes ? .pass : .fail])
        }
    }

    @Test("fields are found among however many, and signed from the lowest up", arguments: [0, 150, 250, 3_000])
    func manyFields(_ others: Int) throws {
        let padding = Array(String(repeating: "x-a: 1\r\nx-b: 2\r\n", count: others / 2).utf8)
        let (first, second) = (Array("Comments: one\r\n".utf8), Array("comments: two\r\n".utf8))
        var options = Self.options()
        options.signedNames += ["Comments", "X-A"]
        let rest = padding + second + Self.message
        let field = try DKIMSigner(options).field(message: (first + rest).span, now: .testNow)
        var zone = Self.zone()
        #expect(verifyDKIM(field + first + rest, &zone).map(\.verdict) == [.pass])
        #expect(verifyDKIM(first + field + rest, &zone).map(\.verdict) == [.pass])
        #expect(verifyDKIM(field + second + padding + first + Self.message, &zone).map(\.verdict) == [.fail])
        // From further up than those that were signed anybody may add some.
        #expect(verifyDKIM(second + field + first + rest, &zone).map(\.verdict) == [.pass])
    }

    @Test("each of several fields of a name is signed, from the lowest up")
    func repeatedFields() throws {
        let message = "Comments: one\nComments: two\nFrom: a@example.org\n\nx\n".wire
        var options = Self.options()
        options.signedNames = ["Comments"]
        let signature = try DKIMSigner(options).field(message: message.span, now: .testNow)
        #expect(String(decoding: signature, as: UTF8.self).contains("h=comments:comments:"))
        var zone = Self.zone()
        let changed = String(decoding: message, as: UTF8.self).replacing("one", with: "1")
        #expect(verifyDKIM(signature + message, &zone).map(\.verdict) == [.pass])
        #expect(verifyDKIM(signature + Array(changed.utf8), &zone).map(\.verdict) == [.fail])
    }

    @Test(
        "a message without a body, an empty line or a last line end is signed as others are",
        arguments: [
            "From: a@example.org\n\n", "From: a@example.org\n", "From: a@example.org", "From: a@example.org\n\nx",
            "From:\n\n \n",
        ]
    )
    func oddMessages(_ text: String) throws {
        for form in Canonicalization.allCases {
            var options = Self.options()
            options.headerForm = form
            options.bodyForm = form
            let signature = try DKIMSigner(options).field(message: text.wire.span, now: .testNow)
            var zone = Self.zone()
            #expect(verifyDKIM(signature + text.wire, &zone).map(\.verdict) == [.pass])
        }
    }

    @Test("a key survives its PEM form and never shows itself")
    func keys() throws {
        for key in [TestKeys.ed25519, TestKeys.rsa] {
            let read = try DKIMPrivateKey(pem: key.pem)
            #expect(read.publicKeyOctets == key.publicKeyOctets)
            #expect(read.algorithm == key.algorithm)
            #expect("\(key)" == "\(key.algorithm.rawValue) key")
        }
    }

    @Test(
        "text that holds no usable key is refused",
        arguments: [
            ("", DKIMKeyError.notPEM), ("-----BEGIN PRIVATE KEY-----\n", .notPEM),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", .unsupported),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", .notPEM),
            ("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----", .notPEM),
        ]
    )
    func badKeys(_ pem: String, _ error: DKIMKeyError) {
        #expect(throws: error) { try DKIMPrivateKey(pem: pem) }
    }

    @Test(
        "keys of lengths that nobody accepts are not made",
        arguments: [(1_024, DKIMKeyError.tooShort), (8_192, .tooLong)]
    )
    func keyLengths(_ bits: Int, _ error: DKIMKeyError) {
        #expect(throws: error) { try DKIMPrivateKey.makeRSA(bits: bits) }
    }

    @Test("a key's record is ready to paste, in strings of at most 255 octets")
    func recordText() {
        let short = TestKeys.ed25519.zoneText(domain: "example.org", selector: "s1")
        #expect(short == "s1._domainkey.example.org. IN TXT \"\(TestKeys.ed25519.recordText)\"")
        let long = TestKeys.rsa.zoneText(domain: "example.org", selector: "s1")
        let strings = long.split(separator: "\"").filter {
            $0.hasPrefix("v=DKIM1") || $0.count > 20 && !$0.contains("IN TXT")
        }
        #expect(strings.joined() == TestKeys.rsa.recordText)
        #expect(strings.count == 2 && strings.allSatisfy { $0.utf8.count <= 255 })
    }
}
