import MailTypes
import SenderAuth
import Testing

@Suite("hostile input")
struct HostileInputTests {
    /// A message that all checks have work with.
    static func sample() throws -> [UInt8] {
        let sealed = try #require(try ARCTests.sealed(try SenderAuthenticationTests.signed()))
        return Array("Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=a@b.example\r\n".utf8) + sealed
    }

    @Test(
        "a message with bytes changed, doubled and left out is judged and never stops us",
        arguments: 0..<40 as Range<UInt64>
    )
    func mutations(seed: UInt64) throws {
        var random = MutationGenerator(seed: seed)
        var message = try Self.sample()
        let alphabet = Array("=;:@.()<>\"\\ \r\n\t0aZ%{}/\u{0}".utf8) + [0xFF]
        for _ in 0...random.next(12) {
            let position = random.next(message.count)
            switch random.next(4) {
            case 0: message[position] = alphabet[random.next(alphabet.count)]
            case 1: message.remove(at: position)
            case 2: message.insert(alphabet[random.next(alphabet.count)], at: position)
            default:
                let end = min(message.count, position + random.next(200))
                message.insert(contentsOf: Array(message[position..<end]), at: random.next(message.count))
            }
        }
        var zone = SenderAuthenticationTests.zone
        let result = SenderAuthenticationTests.check(message, &zone)
        let field = result.authenticationResults(host: "mx.example.com")
        #expect(AuthenticationResults(String(String(decoding: field.field(), as: UTF8.self).dropFirst(23))) != nil)
        _ = AuthenticationResults.forgedFields(in: message.span, host: "mx.example.com")
    }

    @Test("fields of megabytes are not read to their end, and what they hide does not pass")
    func longFields() {
        let marks = String(repeating: "@", count: 2_000_000)
        for from in ["\(marks)", "a@one.example, \(marks)", "\"\(marks)", "a@one.example \(marks) <b@two.example>"] {
            var zone = SenderAuthenticationTests.zone
            let message = Array("From: \(from)\r\nSubject: x\r\n\r\nx\r\n".utf8)
            let result = SenderAuthenticationTests.check(message, &zone)
            #expect(result.dmarc.verdict == .fail && result.dmarc.disposition != .none)
        }
        let pieces = String(repeating: "a;", count: 1_000_000)
        for name in ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"] {
            var zone = SenderAuthenticationTests.zone
            let message = Array("\(name): i=1; \(pieces)\r\nFrom: a@one.example\r\n\r\nx\r\n".utf8)
            #expect(SenderAuthenticationTests.check(message, &zone).arc.verdict == .fail)
        }
    }

    @Test("records with bytes changed are judged and never stop us", arguments: 0..<40 as Range<UInt64>)
    func recordMutations(seed: UInt64) throws {
        var random = MutationGenerator(seed: seed)
        let texts = [
            (
                "example.org",
                "v=spf1 a:%{l1r-}.%{d2}/24//64 mx ptr:x.example exists:%{ir}.%{v}.x ip6:::1/12 ?all exp=%{p}.x"
                    + " redirect=y.z"
            ),
            (
                "_dmarc.example.org",
                "v=DMARC1; p=reject; sp=none; np=none; pct=10; rua=mailto:a%21@b.example!10m; psd=n; t=y"
            ),
            ("s1._domainkey.example.org", TestKeys.ed25519.recordText),
            ("arc._domainkey.one.example", TestKeys.rsa.recordText),
        ]
        var zone = TestZone()
        for (name, text) in texts {
            var octets = Array(text.utf8)
            for _ in 0...random.next(4) { octets[random.next(octets.count)] = UInt8(random.next(256)) }
            zone.add(name, .txt, [.txt(octets)])
        }
        let result = SenderAuthenticationTests.check(try Self.sample(), &zone)
        #expect(result.dkim.count == 1 && result.arc.instances == 1)
    }

    @Test("what a stranger has us ask for HELO and ARC leaves the author's policy as many questions as it needs")
    func exhaustedBudget() throws {
        var zone = TestZone()
        let names = (0..<9).map { "m\($0).example.net" }
        zone.txt("mail.example.net", "v=spf1 a:example.org \(names.map { "mx:\($0)" }.joined(separator: " "))")
        for name in names {
            for host in 0..<10 {
                zone.mx(name, "h\(host).\(name)")
                zone.address("h\(host).\(name)", "203.0.113.1")
            }
        }
        zone.txt("example.org", "v=spf1 a mx -all")
        zone.address("example.org", "203.0.113.2")
        zone.mx("example.org", "example.org")
        zone.txt("_dmarc.example.org", "v=DMARC1; p=reject")
        let set = { (number: Int) in
            """
            ARC-Seal: i=\(number); a=ed25519-sha256; cv=\(number == 1 ? "none" : "pass"); d=e.test; s=s\(number); b=AA==
            ARC-Message-Signature: i=\(number); a=ed25519-sha256; d=e.test; s=m\(number); h=from; bh=AA==; b=AA==
            ARC-Authentication-Results: i=\(number); x; none

            """
        }
        let message = ((1...50).map(set).joined() + "From: ann@example.org\n\nbody\n").wire
        for isLastFirst in [false, true] {
            var check = SenderAuthentication(header: message.span, SenderAuthenticationTests.request())
            var questions = check.begin()
            var left = 60
            while !questions.isEmpty {
                let question = isLastFirst ? questions.removeLast() : questions.removeFirst()
                left -= 1
                questions += check.answered(
                    question,
                    left < 0 ? .failure(.temporary(reason: "overspent")) : zone.ask(question)
                )
            }
            check.bodyReceived(message.span.extracting(bodyStart(of: message)..<message.count))
            let result = check.result()
            #expect(left < 0)
            #expect(result.spf.verdict == .fail && result.dmarc.verdict == .fail)
            #expect(result.dmarc.disposition == .reject)
        }
    }

    @Test("fifty records of an answer are looked at for a key, more are not", arguments: [(49, true), (50, false)])
    func recordLimit(_ others: Int, _ isFound: Bool) throws {
        let result = try Self.check(besides: others)
        #expect((result.dkim.first?.verdict == .pass) == isFound)
    }

    @Test("a policy is found among as many other records as an answer holds", arguments: [0, 50, 2_000])
    func manyRecords(_ others: Int) throws {
        let result = try Self.check(besides: others)
        #expect(result.spf.verdict == .pass && result.dmarc.verdict == .pass)
    }

    private static func check(besides others: Int) throws -> SenderAuthenticationResult {
        var zone = TestZone()
        for (name, text) in [
            ("example.org", "v=spf1 +all"), ("s1._domainkey.example.org", TestKeys.ed25519.recordText),
            ("_dmarc.example.org", "v=DMARC1; p=reject"),
        ] {
            let texts = (0..<others).map { "other=\($0)" } + [text]
            zone.add(name, .txt, texts.map { .txt(Array($0.utf8)) })
        }
        return SenderAuthenticationTests.check(try SenderAuthenticationTests.signed(), &zone)
    }
}

/// xorshift, the same for each seed.
private struct MutationGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next(_ bound: Int) -> Int {
        self.state ^= self.state << 13
        self.state ^= self.state >> 7
        self.state ^= self.state << 17
        return Int(self.state % UInt64(bound))
    }
}
