import Directory
import MailTesting
import MailTypes
import SASL
import Synchronization
import Testing

@Suite("Directory: logins")
struct AuthenticationTests {
    @Test("logins work with the domain, and without it when that is clear")
    func names() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "bob"]) { fixture in
            let directory = fixture.directory
            try await directory.addDomain(Domain("other.test"))
            for name in ["bob@other.test", "carol@other.test"] { try await fixture.add(name) }
            try await directory.addDomain(Domain("third.test"))
            for name in ["dora@other.test", "dora@third.test"] { try await fixture.add(name) }
            let table: [(String, String)] = [
                ("alice", "alice@martlet.test"), ("Alice@Martlet.Test", "alice@martlet.test"),
                ("bob", "bob@martlet.test"), ("bob@other.test", "bob@other.test"), ("carol", "carol@other.test"),
                ("dora", "denied"), ("dora@third.test", "dora@third.test"), ("alice+x", "denied"), ("", "denied"),
                ("@", "denied"), ("alice@", "denied"), ("alice@nowhere.test", "denied"),
                (String(repeating: "a", count: 5_000), "denied"), ("postmaster", "denied"),
            ]
            for (login, expected) in table {
                #expect(await fixture.login(login, "pw").name == expected, "\(login)")
                #expect(await fixture.login(login, "no").name == "denied", "\(login)")
            }
        }
    }

    @Test("a verified login is remembered for a while, and dropped with a new password or a suspension")
    func remembered() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            let directory = fixture.directory
            func fast(_ password: String = "pw") -> AuthenticationResult? {
                directory.authenticateFromMemory(login: "alice", password: Secret(password))
            }
            #expect(fast() == nil)
            #expect(await fixture.login("alice", "wrong") == .denied)
            #expect(fast("wrong") == nil)
            #expect(await fixture.login("alice", "pw").name == "alice@martlet.test")
            #expect(fast()?.name == "alice@martlet.test")
            #expect(fast("wrong") == nil)
            fixture.clock.advance(by: .seconds(299))
            #expect(fast() != nil)
            fixture.clock.advance(by: .seconds(2))
            #expect(fast() == nil)
            _ = await fixture.login("alice", "pw")
            fixture.clock.advance(by: .seconds(-3_600))
            #expect(fast() == nil, "a clock that was set back does not lengthen memory")
            _ = await fixture.login("alice", "pw")
            try await directory.setPassword(of: fixture.id("alice"), to: .clear(Secret("new")))
            #expect(fast() == nil)
            #expect(await fixture.login("alice", "pw") == .denied)
            #expect(await fixture.login("alice", "new").name == "alice@martlet.test")
            #expect(fast("new") != nil)
            try await directory.setState(of: fixture.id("alice"), to: .suspended)
            #expect(fast("new") == nil)
            #expect(await fixture.login("alice", "new") == .denied)
        }
    }

    @Test("what is remembered is bounded, and can be turned off")
    func bounded() async throws {
        var policy = DirectoryFixture.policy
        policy.rememberedMax = 2
        let options = DirectoryOptions(passwords: policy)
        try await DirectoryFixture.with(accounts: ["a", "b", "c", "d"], options: options) { fixture in
            for name in ["a", "b", "c", "d"] { _ = await fixture.login(name, "pw") }
            func count() -> Int {
                ["a", "b", "c", "d"].filter {
                    fixture.directory.authenticateFromMemory(login: $0, password: Secret("pw")) != nil
                }.count
            }
            #expect(count() == 2)
            policy.rememberedFor = .zero
            fixture.directory.reconfigure(DirectoryOptions(passwords: policy))
            #expect(count() == 0)
        }
    }

    @Test("nobody gets in as somebody else")
    func authorization() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "bob"]) { fixture in
            for (identity, expected) in [
                ("alice", "alice@martlet.test"), ("ALICE@martlet.test", "alice@martlet.test"), ("bob", "denied"),
                ("nobody", "denied"), ("", "alice@martlet.test"),
            ] {
                #expect(await fixture.login("alice", "pw", as: identity).name == expected, "\(identity)")
            }
            let directory = fixture.directory
            #expect(directory.user(for: SASLIdentity(login: "alice"))?.login == "alice@martlet.test")
            #expect(directory.user(for: SASLIdentity(login: "alice", authorizationIdentity: "bob")) == nil)
            #expect(
                directory.user(for: SASLIdentity(login: "", authorizationIdentity: "bob"))?.login == "bob@martlet.test"
            )
            #expect(directory.user(for: SASLIdentity(login: "")) == nil)
        }
    }

    @Test("SCRAM keys are kept beside the hash; who has none gets a decoy, always the same")
    func scram() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            let directory = fixture.directory
            try await fixture.add("bob", .imported("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="))
            try await fixture.add("demo", .throwaway(Secret("pw")))
            let alice = await directory.scramCredentials(for: "Alice", from: .network(1))
            let derived = SCRAMCredentials(password: Secret("pw"), salt: alice.salt, iterations: alice.iterations)
            #expect(alice == derived)
            let demo = await directory.scramCredentials(for: "demo", from: .network(1))
            #expect(!demo.isDecoy)
            #expect(await directory.scramCredentials(for: "demo@martlet.test", from: .network(1)) == demo)
            for name in ["bob", "nobody", "nobody@x.test", "", String(repeating: "x", count: 5_000)] {
                let decoy = await directory.scramCredentials(for: name, from: .network(1))
                #expect(decoy.isDecoy)
                #expect(decoy.iterations == alice.iterations)
                #expect(decoy.salt.count == alice.salt.count)
                #expect(await directory.scramCredentials(for: name, from: .network(1)) == decoy)
            }
            let nobody = await directory.scramCredentials(for: "nobody", from: .network(1))
            #expect(await directory.scramCredentials(for: "NOBODY@martlet.test", from: .network(1)) == nobody)
            directory.close()
            let reopened = try fixture.reopened()
            defer { reopened.close() }
            #expect(await reopened.scramCredentials(for: "nobody", from: .network(1)) == nobody, "also after a restart")
            try #require(await reopened.scramCredentials(for: "alice", from: .network(1)) == alice)
        }
    }

    @Test("an imported hash is replaced by our own after a good login, and gives SCRAM then")
    func upgrade() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let directory = fixture.directory
            try await fixture.add("bob", .imported("{SSHA}1G904nLkTkGWjKNnQuB/hpWXC/hzYWx0c2FsdA=="))
            #expect(directory.account(named: "bob")?.passwordScheme == "ssha")
            #expect(await fixture.login("bob", "wrong") == .denied)
            #expect(directory.account(named: "bob")?.passwordScheme == "ssha")
            #expect(await fixture.login("bob", "secret").name == "bob@martlet.test")
            for _ in 0..<500 where directory.account(named: "bob")?.passwordScheme == "ssha" {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(directory.account(named: "bob")?.passwordScheme == "argon2id")
            #expect(directory.account(named: "bob")?.hasSCRAM == true)
            #expect(await fixture.login("bob", "secret").name == "bob@martlet.test")
            #expect(await fixture.login("bob", "wrong") == .denied)
        }
    }

    @Test("when too many wait for a worker, more are told to come back, and everybody is answered")
    func overload() async throws {
        var policy = PasswordPolicy(argon2MemoryKiB: 65_536, argon2Iterations: 3, scramIterations: 4_096)
        policy.workers = 1
        policy.waitingMax = 2
        let options = DirectoryOptions(passwords: policy)
        try await DirectoryFixture.with(accounts: ["alice"], options: options) { fixture in
            let directory = fixture.directory
            // All are asked before the first can be answered: asking costs nothing, a hash some milliseconds.
            let (answers, answered) = AsyncStream.makeStream(of: String.self)
            for number in 0..<12 {
                let claim = PasswordClaim(login: "nobody\(number)", password: Secret("x"))
                directory.authenticate(claim, from: .network(1)) { answered.yield($0.name) }
            }
            var results: [String: Int] = [:]
            for await answer in answers.prefix(12) { results[answer, default: 0] += 1 }
            #expect(results.values.reduce(0, +) == 12)
            #expect(results["unavailable", default: 0] >= 1)
            #expect(results["denied", default: 0] >= 1)
            #expect(await fixture.login("alice", "pw").name == "alice@martlet.test")
        }
    }

    @Test("the same attempt many times at once is computed once and answered to all")
    func coalesced() async throws {
        var policy = PasswordPolicy(argon2MemoryKiB: 16_384, argon2Iterations: 2, scramIterations: 4_096)
        policy.workers = 1
        policy.waitingMax = 1
        let options = DirectoryOptions(passwords: policy)
        try await DirectoryFixture.with(accounts: ["alice"], options: options) { fixture in
            let directory = fixture.directory
            let accepted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let claim = PasswordClaim(login: "alice", password: Secret("pw"))
                        return await directory.authenticate(claim, from: .network(1)).name == "alice@martlet.test"
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(accepted == 20)
        }
    }

    @Test("unknown names, wrong passwords, suspended and locked accounts all cost one hash, of the same cost")
    func sameCost() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "sue"]) { fixture in
            let directory = fixture.directory
            try await fixture.add("locked", .none)
            // Compared in no time, and so told to be wrong in no less than others.
            try await fixture.add("cheap", .imported("{SSHA}1G904nLkTkGWjKNnQuB/hpWXC/hzYWx0c2FsdA=="))
            try await directory.setState(of: fixture.id("sue"), to: .suspended)
            for login in ["alice", "nobody", "sue", "locked", "cheap", "nobody@x.test"] {
                for attempt in 0..<3 {
                    let before = directory.hashesComputed
                    #expect(await fixture.login(login, "wrong\(attempt)") == .denied)
                    #expect(directory.hashesComputed == before + 1, "\(login)")
                }
            }
        }
    }

    @Test("passwords that can never be typed again are refused")
    func badPasswords() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            for password in ["", "a\u{0}b", String(repeating: "x", count: 1_025)] {
                #expect(await code { try await fixture.add("a", .clear(Secret(password))) } == .invalidPassword)
                #expect(await code { try await fixture.add("a", .throwaway(Secret(password))) } == .invalidPassword)
            }
            #expect(await code { try await fixture.add("a", .clear(Secret([0xFF]))) } == .invalidPassword)
        }
    }
}
