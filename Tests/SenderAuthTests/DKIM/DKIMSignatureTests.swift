import MailTypes
import SenderAuth
import Testing

/// Signatures that are wrong, and keys that do not fit. Each is made from one that passes.
@Suite("DKIM: signatures and keys")
struct DKIMSignatureTests {
    static let message = DKIMSigningTests.message

    /// A passing message and its zone, with one thing replaced in the signature's field.
    static func verify(
        _ from: String = "",
        _ to: String = "",
        record: String? = nil,
        policy: DKIMPolicy = DKIMPolicy(),
        now: Instant = .testNow,
        _ prepare: (inout DKIMSigningOptions) -> Void = { _ in }
    ) throws -> DKIMResult {
        var options = DKIMSigningTests.options()
        prepare(&options)
        let field = String(
            decoding: try DKIMSigner(options).field(message: Self.message.span, now: .testNow),
            as: UTF8.self
        )
        #expect(from.isEmpty || field.contains(from), "\(field)")
        var zone = TestZone()
        zone.txt("s1._domainkey.example.org", record ?? options.key.recordText)
        let results = verifyDKIM(
            Array((from.isEmpty ? field : field.replacing(from, with: to)).utf8) + Self.message,
            &zone,
            policy: policy,
            now: now
        )
        return try #require(results.first)
    }

    @Test(
        "a signature that breaks the rules is refused with the reason",
        arguments: [
            ("v=1;", "", SignatureProblem.missingTag("v")), ("v=1;", "v=2;", .unsupported("v")),
            ("v=1;", "v=1; v=1;", .syntax),
            ("v=1;", "v=1; novalue;", .syntax), ("v=1;", "v=1;;", .syntax), ("v=1;", "v=1; 1a=x;", .syntax),
            ("a=ed25519-sha256;", "", .missingTag("a")), ("a=ed25519-sha256;", "a=rsa-md5;", .unsupported("a")),
            ("c=relaxed/relaxed;", "c=relaxed/nofws;", .unsupported("c")),
            ("c=relaxed/relaxed;", "c=;", .unsupported("c")),
            ("d=example.org;", "", .missingTag("d")), ("d=example.org;", "d=a..b;", .malformedTag("d")),
            ("d=example.org;", "d=.;", .malformedTag("d")),
            ("s=s1;", "", .missingTag("s")), ("s=s1;", "s=;", .malformedTag("s")),
            ("bh=", "x=1; bh=", .malformedTag("x")),
            ("h=from:from:", "h=x-from:", .fromNotSigned), ("h=from:", "h=from::", .malformedTag("h")),
            ("h=from:", "hh=from:", .missingTag("h")),
            ("bh=", "bh=!", .malformedTag("bh")), ("bh=", "xbh=", .missingTag("bh")),
            ("s=s1;", "s=s1; i=@example.com;", .identityOutsideDomain),
            ("s=s1;", "s=s1; i=example.org;", .malformedTag("i")),
            ("s=s1;", "s=s1; i=@notexample.org;", .identityOutsideDomain),
            ("s=s1;", "s=s1; l=x;", .malformedTag("l")), ("s=s1;", "s=s1; l=;", .malformedTag("l")),
            ("s=s1;", "s=s1; l=-1;", .malformedTag("l")),
            ("t=1760000000", "t=x", .malformedTag("t")), ("t=1760000000", "t=1234567890123", .malformedTag("t")),
            ("s=s1;", "s=s1; q=dns/a;", .unsupported("q")), ("s=s1;", "s=other;", .noKey),
            ("s=s1;", "s=s1; n=x;", .signatureDiffers),
            ("s=s1;", "s=s1; l=100000;", .bodyHashDiffers), ("s=s1;", "s=s1; q=dns/txt:other;", .signatureDiffers),
        ]
    )
    func malformed(_ from: String, _ to: String, _ problem: SignatureProblem) throws {
        let result = try Self.verify(from, to)
        #expect(result.problem == problem)
        #expect(result.verdict == problem.verdict && result.verified == nil)
    }

    @Test(
        "a key that does not fit is refused with the reason",
        arguments: [
            ("v=DKIM1; k=ed25519; p=", SignatureProblem.keyRevoked), ("v=DKIM1; k=rsa; p=%", .keyUnfit("k")),
            ("v=DKIM1; p=%", .keyUnfit("k")),
            ("v=DKIM2; k=ed25519; p=%", .keyMalformed), ("k=ed25519; v=DKIM1; p=%", .keyMalformed),
            ("v=DKIM1; k=ed25519", .keyMalformed),
            ("v=DKIM1; k=ed25519; p=!", .keyMalformed), ("v=DKIM1; k=ed25519; p=AAAA", .keyMalformed),
            ("v=spf1 -all", .keyMalformed), ("", .keyMalformed),
            ("v=DKIM1; k=ed25519; h=sha1; p=%", .keyUnfit("h")), ("v=DKIM1; k=ed25519; s=other; p=%", .keyUnfit("s")),
            ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", .signatureDiffers),
        ]
    )
    func wrongKeys(_ record: String, _ problem: SignatureProblem) throws {
        let key = String(TestKeys.ed25519.recordText.split(separator: "p=").last ?? "")
        #expect(try Self.verify(record: record.replacing("%", with: key)).problem == problem)
    }

    @Test(
        "a key's record may say less, more, or it in other words",
        arguments: [
            "k=ed25519; p=%", "v=DKIM1;k=ED25519;p=%;", "v=DKIM1; k=ed25519; h=sha1:SHA256; s=email; p=%",
            "v=DKIM1; k=ed25519; s=*; g=x; n=note; p=%",
            "v=DKIM1; k=ed25519; t=s; p=%", " v = DKIM1 ; k = ed25519 ; p = % ; junk",
        ]
    )
    func fittingKeys(_ record: String) throws {
        let key = String(TestKeys.ed25519.recordText.split(separator: "p=").last ?? "")
        #expect(try Self.verify(record: record.replacing("%", with: key)).verdict == .pass)
    }

    @Test("t=s wants i= to be the domain itself, t=y is told")
    func flags() throws {
        func result(_ flags: String, _ identity: String) throws -> DKIMResult {
            try Self.verify(record: TestKeys.ed25519.recordText + "; t=\(flags)") { $0.identity = identity }
        }
        #expect(try result("s", "a@example.org").verdict == .pass)
        #expect(try result("s", "a@sub.example.org").problem == .keyUnfit("t"))
        #expect(try result("y", "a@sub.example.org").verified?.isTesting == true)
        #expect(try result("y:s", "a@example.org").verified?.isTesting == true)
        #expect(try result("x", "a@example.org").verified?.isTesting == false)
    }

    @Test("a signature counts until it expires, and not before its time")
    func times() throws {
        func problem(at seconds: Int64) throws -> SignatureProblem? {
            try Self.verify(now: Instant(secondsSince1970: seconds)) { $0.lifetime = .seconds(100) }.problem
        }
        #expect(try problem(at: 1_760_000_100) == nil)
        #expect(try problem(at: 1_760_000_101) == .expired)
        #expect(try problem(at: 1_760_000_000 - 14 * 3_600) == nil)
        #expect(try problem(at: 1_760_000_000 - 14 * 3_600 - 1) == .signedInTheFuture)
    }

    @Test("SHA-1 counts only where it is allowed")
    func weakHash() throws {
        let result = try Self.verify("a=ed25519-sha256", "a=rsa-sha1")
        #expect(result.problem == .weakHash && result.verdict == .policy)
        let allowed = try Self.verify("a=ed25519-sha256", "a=rsa-sha1", policy: DKIMPolicy(allowsSHA1: true))
        #expect(allowed.problem == .keyUnfit("k"))
    }

    @Test("RSA keys of 1,024 to 4,096 bits are used, by our own rules perhaps fewer; others never")
    func keyLengths() throws {
        var zone = DKIMVectorTests.zone
        let message = DKIMVectorTests.signed6376.wire
        #expect(verifyDKIM(message, &zone, policy: DKIMPolicy(rsaBitsMin: 1_024)).first?.verdict == .pass)
        #expect(verifyDKIM(message, &zone, policy: DKIMPolicy(rsaBitsMin: 0)).first?.verdict == .pass)
        #expect(verifyDKIM(message, &zone, policy: DKIMPolicy(rsaBitsMin: 2_048)).first?.problem == .keyTooShort)
        for (octets, problem) in [
            (64, SignatureProblem.keyTooShort), (127, .keyTooShort), (513, .keyTooLong), (2_048, .keyTooLong),
        ] {
            var other = TestZone()
            other.txt("brisbane._domainkey.example.com", "v=DKIM1; p=\(Self.rsaKey(modulusOctets: octets))")
            #expect(verifyDKIM(message, &other).first?.problem == problem)
        }
    }

    /// A PKCS #1 public key of that length; no one has its private half.
    static func rsaKey(modulusOctets: Int) -> String {
        func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
        }
        let modulus = element(0x02, [0] + [UInt8](repeating: 0xFF, count: modulusOctets))
        return base64(element(0x30, modulus + [0x02, 0x03, 0x01, 0x00, 0x01]))
    }

    static func base64(_ octets: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = (0..<3).reduce(0) { $0 << 8 | (start + $1 < octets.count ? Int(octets[start + $1]) : 0) }
            for place in 0..<4 {
                text.append(start + place <= octets.count ? alphabet[group >> (18 - 6 * place) & 63] : "=")
            }
        }
        return text
    }

    @Test("what is added behind a part that is signed lets nobody pass for the author", arguments: [true, false])
    func partlySignedAuthor(isAdded: Bool) {
        var zone = TestZone()
        zone.txt("part._domainkey.example.org", PartlySignedMessage.key)
        zone.txt("_dmarc.example.org", "v=DMARC1; p=reject")
        var request = SenderAuthenticationTests.request(client: "203.0.113.9")
        request.now = PartlySignedMessage.now
        let message = PartlySignedMessage.text.wire + Array((isAdded ? "buy now\r\n" : "").utf8)
        let result = SenderAuthenticationTests.check(message, &zone, request)
        #expect(result.dkim.first?.verdict == .pass)
        #expect(result.dmarc.verdict == (isAdded ? .fail : .pass))
    }

    @Test("with l= what is added behind is told, and counts only where that is allowed")
    func partlySigned() throws {
        // dkimpy made this signature over a part of the body.
        let signed = PartlySignedMessage.text.wire
        var zone = TestZone()
        zone.txt("part._domainkey.example.org", PartlySignedMessage.key)
        let whole = verifyDKIM(signed, &zone, now: PartlySignedMessage.now)
        #expect(whole.first?.verified?.unsignedBodyOctets == 0)
        let added = signed + Array("buy now\r\n".utf8)
        #expect(verifyDKIM(added, &zone, now: PartlySignedMessage.now).first?.verified?.unsignedBodyOctets == 9)
        #expect(
            verifyDKIM(added, &zone, policy: DKIMPolicy(allowsUnsignedBody: false), now: PartlySignedMessage.now).first?
                .problem == .bodyPartlySigned
        )
        let cut = Array(signed.dropLast(3)) + [0x0D, 0x0A]
        #expect(verifyDKIM(cut, &zone, now: PartlySignedMessage.now).first?.problem == .bodyHashDiffers)
    }

    @Test("a key that cannot be asked for is a temporary error, and so is one with a false proof")
    func unreachable() throws {
        let field = try DKIMSigner(DKIMSigningTests.options()).field(message: Self.message.span, now: .testNow)
        for failure in [DNSFailure.temporary(reason: "timeout"), .bogus(reason: "expired")] {
            var zone = TestZone()
            zone.fail("s1._domainkey.example.org", .txt, failure)
            #expect(verifyDKIM(field + Self.message, &zone).map(\.verdict) == [.temperror])
        }
        let unanswered = DKIMVerifier(header: (field + Self.message).span, now: .testNow)
        #expect(unanswered.results(bodies: [:]).map(\.problem) == [.keyUnreachable])
    }

    @Test("records of other kinds beside a key are passed over, and a proof is told")
    func severalRecords() throws {
        let field = try DKIMSigner(DKIMSigningTests.options()).field(message: Self.message.span, now: .testNow)
        var zone = TestZone()
        let texts = ["v=spf1 -all", TestKeys.ed25519.recordText]
        zone.add("s1._domainkey.example.org", .txt, texts.map { .txt(Array($0.utf8)) }, secure: true)
        #expect(verifyDKIM(field + Self.message, &zone).first?.verified?.isKeySecure == true)
    }

    @Test("ten signatures are checked from the top, each key is asked for once")
    func signatureLimit() throws {
        let field = try DKIMSigner(DKIMSigningTests.options()).field(message: Self.message.span, now: .testNow)
        let message = (0..<12).flatMap { _ in field } + Self.message
        let verifier = DKIMVerifier(header: message.span, now: .testNow)
        #expect(verifier.ignoredSignatures == 2)
        #expect(verifier.questions.count == 1 && verifier.bodyRequests.count == 1)
        var zone = DKIMSigningTests.zone()
        #expect(verifyDKIM(message, &zone).map(\.verdict) == Array(repeating: .pass, count: 10))
    }

    @Test("what is too large is not checked")
    func sizeLimits() throws {
        #expect(try Self.verify("s=s1;", "s=s1; n=\(String(repeating: "x", count: 16_384));").problem == .tooLarge)
        #expect(try Self.verify("h=from:", "h=\(String(repeating: "x:", count: 500))from:").problem == .tooLarge)
        let tags = (0..<64).map { "x\($0)=y;" }.joined()
        #expect(try Self.verify("s=s1;", "s=s1; \(tags)").problem == .syntax)
        #expect(
            try Self.verify(record: TestKeys.ed25519.recordText + "; n=" + String(repeating: "x", count: 8_192)).problem
                == .keyMalformed
        )
        let field = try DKIMSigner(DKIMSigningTests.options()).field(message: Self.message.span, now: .testNow)
        let fields = Array(String(repeating: "X: y\r\n", count: 10_000).utf8)
        var zone = DKIMSigningTests.zone()
        #expect(verifyDKIM(field + fields + Self.message, &zone).map(\.problem) == [.tooLarge])
        // One field of 64 KiB, signed with a hundred others of its name: more than four MiB.
        let large = Array("X-Large: \(String(repeating: "x", count: 65_536))\r\n".utf8)
        let header = String(decoding: field, as: UTF8.self).replacing(
            "h=from:",
            with: "h=\(String(repeating: "x-large:", count: 70))from:"
        )
        let message = Array(header.utf8) + (0..<70).flatMap { _ in large } + Self.message
        #expect(verifyDKIM(message, &zone).map(\.problem) == [.tooLarge])
    }

    @Test("a domain written in Unicode is asked for in ASCII")
    func unicodeDomain() throws {
        let result = try Self.verify("d=example.org;", "d=b\u{FC}cher.example;")
        #expect(result.claim?.keyName.text == "s1._domainkey.xn--bcher-kva.example")
    }
}

/// Signed by dkimpy with l=12, the whole of its body.
private enum PartlySignedMessage {
    static let now = Instant(secondsSince1970: 1_795_700_000)
    static let key = "v=DKIM1; k=ed25519; p=0H1/l4tNoCYjwqw+Rkhwf6iwncXKaA7Cro03KDqmLHA="
    static let text = """
        DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org;
         i=@example.org; l=12; q=dns/txt; s=part; t=1795655354; h=from :
         subject; bh=DD3L33E64/RV0CUJdfGTtPGKU7OPJpo/2LxOdf3k0RI=;
         b=aNxbdH9xVcIehk4fZMVZEJa1CR96VfflnUYCEt+4uh5ctoM1NOoRq/GP4b5JD3u8xYDYO
         7PQwQuqbYHBUNvtDQ==
        From: Ann <ann@example.org>
        Subject: part

        Hello Bob.

        """
}
