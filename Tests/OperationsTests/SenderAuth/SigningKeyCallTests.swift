import Directory
import Foundation
import MailTesting
import MailTypes
import SenderAuth
import Testing

@testable import Operations

@Suite("signing keys by administrative calls", .timeLimit(.minutes(2)))
struct SigningKeyCallTests {
    private func change(_ action: SigningKeyChange.Action, _ selector: String? = nil) -> SigningKeyChange {
        SigningKeyChange(action: action, domain: "example.org", selector: selector)
    }

    private func add(_ selector: String?, _ algorithm: SigningKeyAdd.Algorithm = .ed25519) -> SigningKeyAdd {
        SigningKeyAdd(domain: "example.org", selector: selector, algorithm: algorithm)
    }

    private func signing(selector: String? = nil) throws -> MessageSigning {
        try MessageSigning(message: authorsMessage, domain: nil, selector: selector, canonicalization: .relaxed)
    }

    /// Verifies the fields before the message with records as the calls gave them out.
    private func verify(_ fields: String, _ keys: [SigningKeyRow]) -> [DKIMResult] {
        let message = Array(fields.utf8) + authorsMessage
        var verifier = DKIMVerifier(header: message.span, now: fixedTime)
        var hasher = BodyHasher(verifier.bodyRequests)
        hasher.update(Array("Hi Bob.\r\n".utf8).span)
        for question in verifier.questions {
            guard let key = keys.first(where: { $0.recordName == question.name.text }) else { continue }
            verifier.answered(question, .success(DNSAnswer([.txt(Array(key.record.utf8))])))
        }
        return verifier.results(bodies: hasher.finish())
    }

    @Test("a key is made, published, signs, is followed by the next and goes")
    func life() async throws {
        try await withSystem { system in
            let added = try await add("one").perform(on: system)
            #expect(added.key.state == "published")
            #expect(added.message.hasSuffix("martlet dkim key activate example.org one"))
            let early = await #expect(throws: OperationError.self) { try await signing().perform(on: system) }
            #expect(early?.message.hasPrefix("example.org has no key that signs.") == true)
            _ = try await change(.activate).perform(on: system)
            let signed = try await signing().perform(on: system)
            #expect(verify(signed.fields, [added.key]).map(\.verdict) == [.pass])

            _ = try await add("two").perform(on: system)
            let active = try await change(.activate, "two").perform(on: system)
            #expect(active.message.contains("one is retired"))
            let keys = try await SigningKeyList(domain: "example.org").perform(on: system)
            #expect(keys.map(\.state) == ["retired", "signing"])
            let resigned = try await signing().perform(on: system)
            #expect(verify(resigned.fields, keys).compactMap(\.verified?.selector.text) == ["two"])
            // Mail that is still on its way verifies, as the old record is there.
            #expect(verify(signed.fields, keys).map(\.verdict) == [.pass])

            #expect(try await change(.retire).perform(on: system).message.contains("not signed at all now"))
            _ = try await change(.remove, "one").perform(on: system)
            #expect(try await SigningKeyList(domain: nil).perform(on: system).map(\.selector) == ["two"])
        }
    }

    @Test("with an RSA and an Ed25519 key, a message gets a signature of each")
    func twoAlgorithms() async throws {
        try await withSystem { system in
            for (selector, algorithm) in [("r", SigningKeyAdd.Algorithm.rsa), ("e", .ed25519)] {
                _ = try await add(selector, algorithm).perform(on: system)
                _ = try await change(.activate, selector).perform(on: system)
            }
            let keys = try await SigningKeyList(domain: nil).perform(on: system)
            let signed = try await signing().perform(on: system)
            let results = verify(signed.fields, keys)
            #expect(results.map(\.verdict) == [.pass, .pass])
            #expect(Set(results.compactMap(\.verified?.algorithm)) == [.rsaSHA256, .ed25519SHA256])
        }
    }

    @Test("a key of a certain selector signs whatever its state, to try it before it is activated")
    func certainSelector() async throws {
        try await withSystem { system in
            let key = try await add("trial").perform(on: system).key
            let signed = try await signing(selector: "trial").perform(on: system)
            #expect(verify(signed.fields, [key]).map(\.verdict) == [.pass])
            let error = await #expect(throws: OperationError.self) {
                try await signing(selector: "none").perform(on: system)
            }
            #expect(error?.message.hasPrefix("example.org has no key of selector none.") == true)
        }
    }

    @Test("the record is cut into strings of at most 255 octets, which together are the record")
    func zoneText() async throws {
        try await withSystem { system in
            let key = try await SigningKeyAdd(
                domain: "example.org",
                selector: "big",
                algorithm: .rsa,
                bits: 2_048
            ).perform(on: system).key
            let strings = key.zoneText.matches(of: /"([^"]*)"/).map { String($0.1) }
            #expect(strings.count == 2)
            #expect(strings.allSatisfy { $0.utf8.count <= 255 })
            #expect(strings.joined() == key.record)
            #expect(key.zoneText.hasPrefix("big._domainkey.example.org. IN TXT ( "))
        }
    }

    @Test("the records as they are printed, pasted into a zone, prove the messages that the keys sign")
    func pastedRecords() async throws {
        try await withSystem { system in
            for (selector, algorithm) in [("r", SigningKeyAdd.Algorithm.rsa), ("e", .ed25519)] {
                _ = try await add(selector, algorithm).perform(on: system)
                _ = try await change(.activate, selector).perform(on: system)
            }
            let records = try await SigningKeyList(domain: nil).perform(on: system).map(\.zoneText)
            let signed = Array(try await signing().perform(on: system).fields.utf8) + authorsMessage
            try await withInspection([TestZone("example.org", records.joined(separator: "\n"))]) { inspection in
                let report = try await inspection.dkim(signed)
                #expect(report.dkim?.map(\.verdict) == ["pass", "pass"])
            }
        }
    }

    @Test("nothing that any call answers holds a private key")
    func secrecy() async throws {
        try await withSystem { system in
            let added = try await add("one", .rsa).perform(on: system)
            let pem = try #require(system.directory.signingKeys().first).key.pem
            let body = pem.split(separator: "\n").dropFirst().dropLast().joined()
            let answers: [any Encodable] = [
                added,
                try await SigningKeyList(domain: nil).perform(on: system),
                try await change(.activate).perform(on: system),
                try await signing().perform(on: system),
            ]
            for answer in answers {
                let text = String(decoding: try JSONEncoder().encode(answer), as: UTF8.self)
                #expect(!text.contains("PRIVATE"))
                for start in stride(from: 0, to: body.count - 64, by: 64) {
                    #expect(!text.contains(body.dropFirst(start).prefix(64)))
                }
            }
        }
    }

    @Test("what cannot be is refused with what would be right")
    func refusals() async throws {
        try await withSystem { system in
            for bits in [1_024, 8_192] {
                let call = SigningKeyAdd(domain: "example.org", selector: nil, algorithm: .rsa, bits: bits)
                await #expect(throws: OperationError.self) { try await call.perform(on: system) }
            }
            await #expect(throws: OperationError.self) { try await add("a b").perform(on: system) }
            await #expect(throws: OperationError.self) { try await change(.remove).perform(on: system) }
            let noAuthor = Array("Subject: x\r\n\r\n".utf8)
            #expect(throws: OperationError.self) {
                try MessageSigning(message: noAuthor, domain: nil, selector: nil, canonicalization: .relaxed)
            }
        }
    }
}
