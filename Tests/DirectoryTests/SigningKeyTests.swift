import MailTesting
import MailTypes
import SenderAuth
import Storage
import Testing

@testable import Directory

@Suite("Directory: signing keys")
struct SigningKeyTests {
    private let domain = DirectoryFixture.domain

    private func selector(_ text: String) throws -> DNSName { try #require(DNSName(text)) }

    @Test("a new key signs only once it is activated, and then takes the place of the one of its algorithm")
    func rollOver() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let directory = fixture.directory
            let old = try await directory.addSigningKey(.makeEd25519(), for: domain, selector: selector("old"))
            #expect(old.state == .published)
            #expect(directory.signers(for: domain).isEmpty)
            let first = try await directory.activateSigningKey(of: domain)
            #expect(first.active.selector.text == "old")
            #expect(first.retired == nil)

            fixture.clock.advance(by: .seconds(3_600))
            let new = try await directory.addSigningKey(.makeEd25519(), for: domain, selector: selector("new"))
            #expect(directory.signers(for: domain).map(\.selector.text) == ["old"])
            let second = try await directory.activateSigningKey(of: domain)
            #expect(second.active.selector == new.selector)
            #expect(second.retired?.selector.text == "old")
            #expect(second.retired?.since == fixture.clock.now)
            #expect(directory.signers(for: domain).map(\.selector.text) == ["new"])
            #expect(directory.signers(for: domain).map(\.key.publicKeyOctets) == [new.key.publicKeyOctets])
            #expect(directory.signingKeys(of: domain).map(\.state) == [.retired, .signing])

            // Back to the old one, should the new one's record turn out to be wrong.
            _ = try await directory.activateSigningKey(of: domain, selector: selector("old"))
            #expect(directory.signers(for: domain).map(\.selector.text) == ["old"])
        }
    }

    @Test("keys of two algorithms sign side by side")
    func twoAlgorithms() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let directory = fixture.directory
            for key in [DKIMPrivateKey.makeEd25519(), try .makeRSA()] {
                let added = try await directory.addSigningKey(key, for: domain)
                _ = try await directory.activateSigningKey(of: domain, selector: added.selector)
            }
            let algorithms = directory.signers(for: domain).map(\.key.algorithm)
            #expect(Set(algorithms) == [.ed25519SHA256, .rsaSHA256])
            #expect(algorithms.count == 2)
        }
    }

    @Test("a retired key signs nothing, stays to be published, and is gone when it is removed")
    func retirement() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let directory = fixture.directory
            let key = try await directory.addSigningKey(.makeEd25519(), for: domain)
            _ = try await directory.activateSigningKey(of: domain)
            #expect(
                await code { _ = try await directory.removeSigningKey(of: domain, selector: key.selector) } == .inUse
            )
            #expect(try await directory.retireSigningKey(of: domain).state == .retired)
            #expect(directory.signers(for: domain).isEmpty)
            #expect(directory.signingKeys(of: domain).map(\.zoneText) == [key.zoneText])
            _ = try await directory.removeSigningKey(of: domain, selector: key.selector)
            #expect(directory.signingKeys().isEmpty)
        }
    }

    @Test("selectors that are not given are made from the day, each once")
    func selectors() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let day = CivilTime(secondsSince1970: fixture.clock.now.secondsSince1970).timestamp.prefix(10)
                .filter { $0 != "-" }
            var made: [String] = []
            for _ in 0..<3 {
                made.append(try await fixture.directory.addSigningKey(.makeEd25519(), for: domain).selector.text)
            }
            #expect(made == ["e\(day)", "e\(day)-2", "e\(day)-3"])
        }
    }

    @Test("what cannot be is refused with the reason")
    func refusals() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let directory = fixture.directory
            let elsewhere = Domain("elsewhere.test")
            #expect(await code { _ = try await directory.addSigningKey(.makeEd25519(), for: elsewhere) } == .unknown)
            #expect(await code { _ = try await directory.activateSigningKey(of: domain) } == .unknown)
            #expect(await code { _ = try await directory.retireSigningKey(of: elsewhere) } == .unknown)
            let one = try selector("one")
            _ = try await directory.addSigningKey(.makeEd25519(), for: domain, selector: one)
            #expect(
                await code {
                    _ = try await directory.addSigningKey(.makeEd25519(), for: domain, selector: one)
                } == .exists
            )
            let long = try selector(String(repeating: "a.", count: 120))
            #expect(
                await code {
                    _ = try await directory.addSigningKey(.makeEd25519(), for: domain, selector: long)
                } == .invalidName
            )
            _ = try await directory.addSigningKey(.makeEd25519(), for: domain)
            // Two wait: which is meant?
            #expect(await code { _ = try await directory.activateSigningKey(of: domain) } == .invalidName)
            _ = try await directory.activateSigningKey(of: domain, selector: one)
            #expect(await code { _ = try await directory.activateSigningKey(of: domain, selector: one) } == .exists)
            let none = try selector("none")
            #expect(await code { _ = try await directory.removeSigningKey(of: domain, selector: none) } == .unknown)
        }
    }

    @Test("a domain has no more keys than the limit")
    func limit() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            for _ in 0..<DirectoryLimits.signingKeysMax {
                _ = try await fixture.directory.addSigningKey(.makeEd25519(), for: domain)
            }
            #expect(
                await code { _ = try await fixture.directory.addSigningKey(.makeEd25519(), for: domain) } == .tooLarge
            )
        }
    }

    @Test("keys and their states are there again after a restart, and go with their domain")
    func restart() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let key = try await fixture.directory.addSigningKey(.makeRSA(), for: domain)
            _ = try await fixture.directory.activateSigningKey(of: domain)
            _ = try await fixture.directory.addSigningKey(.makeEd25519(), for: domain)
            let before = fixture.directory.signingKeys()
            fixture.directory.close()
            let directory = try fixture.reopened()
            defer { directory.close() }
            let after = directory.signingKeys()
            #expect(after.map(\.zoneText) == before.map(\.zoneText))
            #expect(after.map(\.state) == before.map(\.state))
            #expect(after.map(\.since) == before.map(\.since))
            #expect(directory.signers(for: domain).map(\.key.pem) == [key.key.pem])
            try await directory.removeDomain(domain)
            try await directory.addDomain(domain)
            #expect(directory.signingKeys().isEmpty)
        }
    }

    @Test("a directory of format 1 is brought up to date")
    func migration() async throws {
        try await TemporaryFolder.with { folder in
            let first = Array(DirectoryTables.migrations.prefix(1))
            let shard = try Shard.open(folder: folder.path, name: "directory", migrations: first)
            try await shard.write(.durable) { database in
                try database.statement("INSERT INTO domain(name, position) VALUES('martlet.test', 1)").run()
            }
            shard.close()
            let directory = try Directory.open(
                folder: folder.path,
                options: DirectoryOptions(passwords: DirectoryFixture.policy)
            )
            defer { directory.close() }
            #expect(directory.domains().map(\.domain) == [domain])
            _ = try await directory.addSigningKey(.makeEd25519(), for: domain)
            #expect(directory.signingKeys().count == 1)
        }
    }

    @Test("what is written here is signed for its author's domain, or for the nearest domain above that has keys")
    func ownMail() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let directory = fixture.directory
            let message = Array("From: postmaster@mail.martlet.test\r\nSubject: notice\r\n\r\ntext\r\n".utf8)
            let host = Domain("mail.martlet.test")
            #expect(try directory.signatures(ofOwn: message.span, author: host).isEmpty)
            var keys: [SigningKey] = []
            for key in [DKIMPrivateKey.makeEd25519(), try .makeRSA()] {
                let added = try await directory.addSigningKey(key, for: domain)
                _ = try await directory.activateSigningKey(of: domain, selector: added.selector)
                keys.append(added)
            }
            for author in [host, domain, Domain("a.b.martlet.test")] {
                let signed = try directory.signatures(ofOwn: message.span, author: author) + message
                var verifier = DKIMVerifier(header: signed.span, now: fixture.clock.now)
                var hasher = BodyHasher(verifier.bodyRequests)
                hasher.update(Array("text\r\n".utf8).span)
                for question in verifier.questions {
                    let key = try #require(keys.first { question.name.text.hasPrefix("\($0.selector).") })
                    #expect(question.name.text == "\(key.selector)._domainkey.martlet.test")
                    verifier.answered(question, .success(DNSAnswer([.txt(Array(key.key.recordText.utf8))])))
                }
                #expect(verifier.results(bodies: hasher.finish()).map(\.verdict) == [.pass, .pass])
            }
            for stranger in ["martlet.example", "test", "notmartlet.test", "[192.0.2.1]"] {
                #expect(try directory.signatures(ofOwn: message.span, author: Domain(stranger)).isEmpty)
            }
        }
    }
}
