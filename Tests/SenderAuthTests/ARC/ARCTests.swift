import MailTypes
import SenderAuth
import Testing

@Suite("ARC")
struct ARCTests {
    static let message =
        ("From: Ann <ann@example.org>\nTo: list@example.net\nSubject: hello\n"
        + "Date: Thu, 9 Oct 2025 08:53:20 +0000\n\nHello  all.\n").wire

    static func verify(_ message: [UInt8], _ zone: inout TestZone) -> ARCResult {
        var verifier = ARCVerifier(header: message.span, now: .testNow)
        var hasher = BodyHasher(verifier.bodyRequests)
        hasher.update(message.span.extracting(bodyStart(of: message)..<message.count))
        for question in verifier.questions { verifier.answered(question, zone.ask(question)) }
        return verifier.result(bodies: hasher.finish())
    }

    static func options(_ domain: String, _ key: DKIMPrivateKey) -> DKIMSigningOptions {
        DKIMSigningOptions(domain: TestZone.name(domain), selector: TestZone.name("arc"), key: key)
    }

    static func zone() -> TestZone {
        var zone = TestZone()
        zone.txt("arc._domainkey.one.example", TestKeys.rsa.recordText)
        zone.txt("arc._domainkey.two.example", TestKeys.ed25519.recordText)
        return zone
    }

    static func sealed(
        _ message: [UInt8],
        by domain: String = "one.example",
        key: DKIMPrivateKey? = nil
    ) throws -> [UInt8]? {
        var zone = Self.zone()
        let sealer = ARCSealer(Self.options(domain, key ?? (domain == "two.example" ? TestKeys.ed25519 : TestKeys.rsa)))
        var hasher = BodyHasher([sealer.bodyRequest])
        hasher.update(message.span.extracting(bodyStart(of: message)..<message.count))
        let results = AuthenticationResults(
            host: domain,
            results: [.init("spf", "pass", properties: [.init("smtp", "mailfrom", "ann@example.org")])]
        )
        let fields = try sealer.fields(
            header: message.span,
            bodyHash: hasher.finish()[sealer.bodyRequest]?.octets ?? [],
            results: results,
            chain: Self.verify(message, &zone),
            now: .testNow
        )
        return fields.map { $0 + message }
    }

    @Test("a message without sets has no chain, and asks for nothing")
    func none() {
        let verifier = ARCVerifier(header: Self.message.span, now: .testNow)
        #expect(verifier.questions.isEmpty && verifier.bodyRequests.isEmpty)
        var zone = Self.zone()
        #expect(Self.verify(Self.message, &zone).verdict == .none)
    }

    @Test("each host's seal over those before it makes a chain, which tells what each has found")
    func chain() throws {
        var message = Self.message
        var zone = Self.zone()
        for instance in 1...5 {
            message = try #require(try Self.sealed(message, by: instance % 2 == 1 ? "one.example" : "two.example"))
            let result = Self.verify(message, &zone)
            #expect(result.verdict == .pass, "\(result.reason)")
            #expect(result.instances == instance)
            #expect(result.sealers.map(\.instance) == Array(1...instance))
            #expect(result.sealers.last?.domain.text == (instance % 2 == 1 ? "one.example" : "two.example"))
            #expect(result.sealers.first?.results?.host == "one.example")
            #expect(result.sealers.first?.results?.results.first?.result == "pass")
        }
    }

    @Test("a change behind the seals breaks the chain, and the next seal says so")
    func broken() throws {
        var zone = Self.zone()
        let once = try #require(try Self.sealed(Self.message))
        let text = String(decoding: once, as: UTF8.self)
        for (from, to) in [
            ("Hello  all", "Hello none"), ("Subject: hello", "Subject: other"), ("spf=pass", "spf=fail"),
            ("cv=none", "cv=pass"), ("d=one.example; s=arc;\r\n\tb=", "d=one.example; s=arc; \r\n\tb="),
        ] {
            let changed = Array(text.replacing(from, with: to).utf8)
            let result = Self.verify(changed, &zone)
            let isSame = changed == once || from.hasPrefix("d=")
            #expect(result.verdict == (isSame ? .pass : .fail), "\(from)")
        }
        let changed = Array(text.replacing("Hello  all", with: "Hello none").utf8)
        let twice = try #require(try Self.sealed(changed, by: "two.example"))
        #expect(String(decoding: twice, as: UTF8.self).contains("cv=fail"))
        #expect(Self.verify(twice, &zone).problem == .brokenBefore(instance: 2))
    }

    @Test("blanks that hosts even out do no harm")
    func relaxed() throws {
        var zone = Self.zone()
        let once = String(decoding: try #require(try Self.sealed(Self.message)), as: UTF8.self)
        let changed = once.replacing("Subject: hello", with: "SUBJECT:  hello").replacing(
            "Hello  all",
            with: "Hello all"
        )
        #expect(Self.verify(Array(changed.utf8), &zone).verdict == .pass)
    }

    @Test(
        "sets that are not whole, not numbered or said to be what they are not break the chain",
        arguments: [
            ("ARC-Seal", "X-Seal", ARCProblem.incomplete(instance: 1)),
            ("ARC-Message-Signature", "X-Signature", .incomplete(instance: 1)),
            ("ARC-Authentication-Results", "X-Results", .incomplete(instance: 1)),
            ("ARC-Seal: i=1;", "ARC-Seal: i=2;", .incomplete(instance: 1)),
            ("ARC-Seal: i=1;", "ARC-Seal: i=0;", .unnumbered), ("ARC-Seal: i=1;", "ARC-Seal: i=x;", .unnumbered),
            ("ARC-Seal: i=1;", "ARC-Seal: i=51;", .tooManySets),
            ("ARC-Seal: i=1;", "ARC-Seal: i=1; h=from;", .seal(instance: 1, .malformedTag("h"))),
            ("cv=none", "cv=pass", .claimedStatus(instance: 1)), ("cv=none", "cv=fail", .brokenBefore(instance: 1)),
            ("cv=none", "cv=x", .claimedStatus(instance: 1)),
            ("cv=none;", "", .claimedStatus(instance: 1)),
            ("ARC-Seal: i=1; a=rsa-sha256", "ARC-Seal: i=1; a=rsa-sha1", .seal(instance: 1, .weakHash)),
            (
                "ARC-Message-Signature: i=1; a=rsa-sha256", "ARC-Message-Signature: i=1; a=rsa-sha1",
                .messageSignature(instance: 1, .weakHash)
            ),
            ("h=from:", "h=arc-seal:from:", .messageSignature(instance: 1, .malformedTag("h"))),
            ("h=from:", "h=x-from:", .messageSignature(instance: 1, .fromNotSigned)),
        ]
    )
    func malformed(_ from: String, _ to: String, _ problem: ARCProblem) throws {
        var zone = Self.zone()
        let once = String(decoding: try #require(try Self.sealed(Self.message)), as: UTF8.self)
        #expect(once.contains(from))
        let result = Self.verify(Array(once.replacing(from, with: to, maxReplacements: 1).utf8), &zone)
        #expect(result.problem == problem)
        #expect(result.verdict == .fail && result.sealers.isEmpty)
    }

    @Test("a set that stands twice breaks the chain")
    func twice() throws {
        var zone = Self.zone()
        let once = try #require(try Self.sealed(Self.message))
        let doubled = once.prefix(once.count - Self.message.count) + once
        #expect(Self.verify(Array(doubled), &zone).problem == .incomplete(instance: 1))
    }

    @Test("a key that cannot be asked for leaves the chain undecided, one that is gone breaks it")
    func keys() throws {
        let once = try #require(try Self.sealed(Self.message))
        var zone = TestZone()
        #expect(Self.verify(once, &zone).verdict == .fail)
        zone.fail("arc._domainkey.one.example", .txt)
        #expect(Self.verify(once, &zone).verdict == .temperror)
        let sealer = ARCSealer(Self.options("two.example", TestKeys.ed25519))
        let results = AuthenticationResults(host: "two.example", results: [])
        let added = try sealer.fields(
            header: once.span,
            bodyHash: [],
            results: results,
            chain: Self.verify(once, &zone),
            now: .testNow
        )
        #expect(added == nil)
    }

    @Test("fifty sets are a chain, and nobody adds another")
    func limit() throws {
        var message = Self.message
        var zone = Self.zone()
        for _ in 1...50 { message = try #require(try Self.sealed(message, by: "two.example")) }
        #expect(Self.verify(message, &zone).verdict == .pass)
        #expect(try Self.sealed(message, by: "two.example") == nil)
        let more = "ARC-Seal: i=51; a=rsa-sha256; cv=pass; d=a.example; s=b; b=AAAA\r\n"
        #expect(Self.verify(Array(more.utf8) + message, &zone).problem == .tooManySets)
    }

    /// The set that a host adds which checked the message itself, before the message.
    private static func handedOn(
        _ message: [UInt8],
        keptAs original: [UInt8]? = nil,
        by host: String = "mx.one.example"
    ) throws -> [UInt8]? {
        let sealer = ARCSealer(Self.options("one.example", TestKeys.rsa))
        let original = original ?? message
        let fields = try sealer.fields(handingOn: message.span, keptAs: original.span, host: host, now: .testNow)
        return fields.map { $0 + message }
    }

    private static func checked(_ message: [UInt8], _ results: String = "spf=pass; arc=none") -> [UInt8] {
        "Received: from a by mx.one.example\nAuthentication-Results: MX.one.example; \(results)\n".wire + message
    }

    @Test("what a host wrote down of the sender is sealed as it stands there, hop after hop")
    func ownResults() throws {
        var zone = Self.zone()
        var message = try #require(try Self.handedOn(Self.checked(Self.message)))
        #expect(Self.verify(message, &zone).verdict == .pass)
        message = try #require(try Self.handedOn(Self.checked(message, "spf=fail; arc=pass")))
        let result = Self.verify(message, &zone)
        #expect(result.verdict == .pass && result.instances == 2, "\(result.reason)")
        #expect(result.sealers.map { $0.results?.results.first?.result } == ["pass", "fail"])
    }

    @Test("nothing is sealed that was not checked by the host itself, or whose chain is not known to be whole")
    func nothingKnown() throws {
        #expect(try Self.handedOn(Self.message) == nil)
        #expect(try Self.handedOn(Self.checked(Self.message), by: "other.example") == nil)
        for results in ["spf=pass", "spf=pass; arc=temperror", "none"] {
            #expect(try Self.handedOn(Self.checked(Self.message, results)) == nil, "\(results)")
        }
        let once = try #require(try Self.handedOn(Self.checked(Self.message)))
        #expect(try Self.handedOn(once) == nil, "the sets are our own, and were not checked again")
        let kept = Self.checked(once, "spf=pass; arc=pass")
        let stripped = Array(String(decoding: kept, as: UTF8.self).replacing("ARC-Seal", with: "X-Seal").utf8)
        #expect(try Self.handedOn(stripped, keptAs: kept) == nil, "a script took a field out")
    }

    @Test("to a chain that its newest seal calls broken nobody adds")
    func ended() throws {
        let once = String(decoding: try #require(try Self.sealed(Self.message)), as: UTF8.self)
        let changed = Array(once.replacing("Hello  all", with: "Hello none").utf8)
        let broken = try #require(try Self.handedOn(Self.checked(changed, "arc=fail")))
        #expect(String(decoding: broken, as: UTF8.self).contains("cv=fail"))
        #expect(try Self.handedOn(Self.checked(broken, "arc=fail")) == nil)
    }
}
