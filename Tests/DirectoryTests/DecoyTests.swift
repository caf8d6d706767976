import MailTypes
import SASL
import Testing

@testable import Directory

@Suite("what SCRAM shows of logins nobody has", .timeLimit(.minutes(2)))
struct DecoyTests {
    /// What a client sees of a password it does not know, but for the salt's octets.
    private struct Look: Hashable {
        let iterations: Int
        let saltOctets: Int

        init(_ iterations: Int, _ saltOctets: Int) {
            self.iterations = iterations
            self.saltOctets = saltOctets
        }

        init(_ credentials: SCRAMCredentials) {
            self.init(credentials.iterations, credentials.salt.count)
        }
    }

    private static let names = (0..<200).map { "nobody\($0)" }

    private static func add(_ name: String, _ look: Look, to fixture: DirectoryFixture) async throws {
        let salt = [UInt8](repeating: 7, count: look.saltOctets)
        let password = Secret("pw")
        let credentials = try #require(SCRAMCredentials(password: password, salt: salt, iterations: look.iterations))
        try await fixture.add(name, .imported("{SCRAM-SHA-256}\(SCRAMText.write(credentials))"))
    }

    private static func decoys(_ directory: Directory) async -> [String: SCRAMCredentials] {
        var decoys: [String: SCRAMCredentials] = [:]
        for name in Self.names { decoys[name] = await directory.scramCredentials(for: name, from: .network(1)) }
        return decoys
    }

    @Test("they look like those of some account or other, also after a restart")
    func looks() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            try await Self.add("bob", Look(5_000, 24), to: fixture)
            try await Self.add("carol", Look(6_000, 64), to: fixture)
            let decoys = await Self.decoys(fixture.directory)
            #expect(decoys.values.allSatisfy { $0.isDecoy })
            #expect(Set(decoys.values.map(Look.init)) == [Look(4_096, 16), Look(5_000, 24), Look(6_000, 64)])
            #expect(Set(decoys.values.map(\.salt)).count == Self.names.count)
            fixture.directory.close()
            let reopened = try fixture.reopened()
            defer { reopened.close() }
            let later = await Self.decoys(reopened)
            #expect(later == decoys)
        }
    }

    @Test("more rounds for new passwords change none of them, as they change no account's")
    func newPolicy() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            let decoys = await Self.decoys(fixture.directory)
            var policy = DirectoryFixture.policy
            policy.scramIterations = 9_000
            fixture.directory.reconfigure(DirectoryOptions(passwords: policy))
            #expect(await Self.decoys(fixture.directory) == decoys)
            try await fixture.add("bob")
            let bob = await fixture.directory.scramCredentials(for: "bob", from: .network(1))
            #expect(bob.iterations == 9_000)
            let later = await Self.decoys(fixture.directory)
            #expect(Set(later.values.map(Look.init)) == [Look(4_096, 16), Look(9_000, 16)])
            // One that changes looks like a new password: the salt is another, too.
            for (name, decoy) in decoys where later[name] != decoy {
                #expect(later[name]?.iterations == 9_000)
                #expect(later[name]?.salt != decoy.salt)
            }
        }
    }

    @Test("an account more that looks like the others changes none, and one that goes leaves none with its look")
    func accountsComeAndGo() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            let decoys = await Self.decoys(fixture.directory)
            try await fixture.add("bob")
            #expect(await Self.decoys(fixture.directory) == decoys)
            try await Self.add("carol", Look(5_000, 24), to: fixture)
            #expect(await Self.decoys(fixture.directory) != decoys)
            try await fixture.directory.removeAccount(fixture.id("carol"))
            #expect(await Self.decoys(fixture.directory) == decoys)
            try await Self.add("dan", Look(5_000, 24), to: fixture)
            #expect(await Self.decoys(fixture.directory) != decoys)
            try await fixture.directory.setPassword(of: fixture.id("dan"), to: .clear(Secret("new")))
            #expect(await Self.decoys(fixture.directory) == decoys)
        }
    }
}
