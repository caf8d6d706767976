import MailTesting
import MailTypes
import Testing

@testable import Directory

@Suite("Directory: administration")
struct AdministrationTests {
    @Test("everything is there again after a restart, and numbers are never given out twice")
    func restart() async throws {
        try await TemporaryFolder.with { folder in
            let options = DirectoryOptions(passwords: DirectoryFixture.policy)
            let first = try Directory.open(folder: folder.path, options: options, clock: ManualClock())
            try await first.addDomain(DirectoryFixture.domain)
            try await first.addDomain(Domain("a.test"))
            let ids = try await first.addAccounts(
                ["alice", "bob", "carol"].map { NewAccount(address: address($0), password: .clear(Secret("pw"))) }
            )
            #expect(ids.map(\.rawValue) == [1, 2, 3])
            try await first.addAlias(Alias(address: address("team"), targets: ["bob", "alice"].map { address($0) }))
            try await first.setQuota(of: ids[0], octets: 1_000, messages: 10)
            try await first.setState(of: ids[1], to: .suspended)
            try await first.setAdmin(of: ids[0], to: true)
            try await first.removeAccount(ids[2])
            let (accounts, aliases, domains) = (first.accounts(), first.aliases(), first.domains())
            first.close()

            let second = try Directory.open(folder: folder.path, options: options, clock: ManualClock())
            defer { second.close() }
            #expect(second.accounts() == accounts)
            #expect(second.aliases() == aliases)
            #expect(second.domains() == domains)
            #expect(second.domains().first?.domain == DirectoryFixture.domain)
            let alice = LocalTarget(account: ids[0], name: "alice@martlet.test", detail: nil)
            #expect(second.resolve(.address(address("team"))) == .local([alice], remote: [address("bob")]))
            let next = try await second.addAccount(NewAccount(address: address("dora"), password: .none))
            #expect(next.rawValue == 4)
        }
    }

    @Test("names that cannot be, are taken or are nowhere are refused with the reason")
    func refusals() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            let directory = fixture.directory
            try await fixture.alias("team", "alice")
            let table: [(String, DirectoryError.Code)] = [
                ("alice", .exists), ("ALICE", .exists), ("team", .exists), ("a+b", .invalidName), (".a", .invalidName),
                ("a..b", .invalidName), ("a b", .invalidName), (String(repeating: "a", count: 65), .invalidName),
                ("bob@nowhere.test", .unknown), ("a\u{0}b", .invalidName), ("a/../b\"", .invalidName),
            ]
            for (name, expected) in table {
                #expect(await code { try await fixture.add(name) } == expected, "account \(name)")
            }
            #expect(await code { try await fixture.alias("alice", "alice") } == .exists)
            #expect(await code { try await fixture.alias("team", "alice") } == .exists)
            #expect(await code { try await fixture.alias("new", "nobody") } == .unknown)
            #expect(await code { try await fixture.alias("new", "a@b c") } == .invalidName)
            #expect(
                await code { try await directory.addAlias(Alias(address: address("new"), targets: [])) } == .invalidName
            )
            for domain in ["martlet.test", "MARTLET.TEST"] {
                #expect(await code { try await directory.addDomain(Domain(domain)) } == .exists)
            }
            for domain in ["", "a..b", "-a.test", "a b", "[192.0.2.1]", "a_b", String(repeating: "a", count: 64)] {
                #expect(await code { try await directory.addDomain(Domain(domain)) } == .invalidName, "\(domain)")
            }
            #expect(await code { try await directory.removeDomain(Domain("x.test")) } == .unknown)
            #expect(await code { try await directory.removeAccount(AccountID(rawValue: 99)) } == .unknown)
            #expect(await code { try await directory.removeAlias(address("alice")) } == .unknown)
        }
    }

    @Test("many at once are made whole or not at all")
    func bulk() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            func batch(_ names: [String]) -> [NewAccount] {
                names.map { NewAccount(address: address($0), password: .throwaway(Secret("pw"))) }
            }
            let directory = fixture.directory
            #expect(await code { _ = try await directory.addAccounts(batch(["x1", "x2", "alice"])) } == .exists)
            #expect(await code { _ = try await directory.addAccounts(batch(["x1", "x2", "X1"])) } == .exists)
            #expect(directory.accountCount == 1)
            let ids = try await directory.addAccounts(batch(["x1", "x2"]))
            #expect(ids.map(\.rawValue) == [2, 3])
            #expect(await fixture.login("x2", "pw").name == "x2@martlet.test")
        }
    }

    @Test("changes made at the same time are made one after the other")
    func concurrent() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let directory = fixture.directory
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let new = NewAccount(address: address("u\(number % 20)"), password: .none)
                        return await code { _ = try await directory.addAccount(new) } == nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 20)
            #expect(directory.accountIDs().map(\.rawValue) == Array(1...20))
        }
    }

    @Test("a domain without accounts and aliases can be removed")
    func removeDomain() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            let directory = fixture.directory
            #expect(directory.isLocal(DirectoryFixture.domain))
            try await directory.removeAccount(fixture.id("alice"))
            try await directory.removeDomain(DirectoryFixture.domain)
            #expect(!directory.isLocal(DirectoryFixture.domain))
            #expect(directory.domains().isEmpty)
            #expect(fixture.resolve("postmaster").names == ["not local"])
            #expect(directory.resolve(.postmaster).names == ["unknown"])
        }
    }

    @Test("a backup made while the directory serves opens as a directory of its own")
    func backup() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            try await fixture.alias("team", "alice")
            try fixture.directory.backup(to: fixture.folder.path("backup"))
            try await fixture.add("bob", .none)
            let copy = try Directory.open(folder: fixture.folder.path("backup"))
            defer { copy.close() }
            #expect(copy.accounts().map(\.login) == ["alice@martlet.test"])
            #expect(copy.aliases() == fixture.directory.aliases())
        }
    }

    @Test("lesson 19: administration acts on numbers, so names that look alike are told apart")
    func alike() async throws {
        try await DirectoryFixture.with { fixture in
            let directory = fixture.directory
            for name in ["a.test", "b.test"] { try await directory.addDomain(Domain(name)) }
            // A Latin and a Cyrillic letter.
            for name in ["paul@a.test", "p\u{430}ul@a.test", "paul@b.test"] { try await fixture.add(name, .none) }
            let alike = directory.accounts(in: Domain("a.test"))
            #expect(alike.map(\.id.rawValue) == [1, 2])
            try await directory.setState(of: alike[1].id, to: .suspended)
            #expect(fixture.resolve("paul@a.test").names == ["paul@a.test"])
            #expect(fixture.resolve("p\u{430}ul@a.test").names == ["suspended"])
            #expect(directory.account(named: "paul@b.test")?.id.rawValue == 3)
        }
    }

    @Test("lesson 25: lists and searches over 20,000 accounts look at each account once")
    func lists() async throws {
        try await DirectoryFixture.with(accounts: []) { fixture in
            let directory = fixture.directory
            let names = (0..<20_000).map { "u\($0)" }
            _ = try await directory.addAccounts(
                names.map { NewAccount(address: address($0), password: .throwaway(Secret("pw"))) }
            )
            #expect(directory.accounts(limit: 10).map(\.localPart) == Array(names.sorted().prefix(10)))
            #expect(directory.accounts(containing: "U1999").count == 11)
            #expect(directory.accounts(in: Domain("other.test")).isEmpty)
            #expect(directory.domains().first?.accounts == 20_000)
            #expect(fixture.resolve("u19999").names == ["u19999@martlet.test"])
            try await directory.addAliases(
                (0..<1_000).map { Alias(address: address("a\($0)"), targets: [address("u7")]) }
            )
            try await directory.addAlias(Alias(address: address("one"), targets: [address("u8"), address("u9")]))
            #expect(directory.aliases(leadingTo: address("u8")) == [address("one")])
            #expect(directory.aliases(leadingTo: address("u7")).count == 1_000)
            #expect(directory.aliases(limit: 3).map(\.address.localPart) == ["a0", "a1", "a10"])
        }
    }

    @Test("lesson 25: the first few of many are found with hardly more than a comparison each", arguments: 0..<5)
    func smallest(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let numbers = (0..<10_000).map { _ in Int.random(in: 0..<5_000, using: &random) }
        let sorted = numbers.sorted()
        for (limit, comparisonsMax) in [
            (10, 12_000), (100, 30_000), (1_000, 110_000), (10_000, 200_000), (Int.max, 200_000),
        ] {
            var comparisons = 0
            let found = numbers.smallest(limit) { left, right in
                comparisons += 1
                return left < right
            }
            #expect(found == Array(sorted.prefix(limit)))
            #expect(comparisons <= comparisonsMax, "\(comparisons) for \(limit)")
        }
        #expect(numbers.smallest(0, by: <).isEmpty)
    }

    @Test("lesson 11: names that mean something to SQL are names, and there is no setting to change that")
    func escaping() async throws {
        try await DirectoryFixture.with(accounts: ["o'brien", "a%b", "x--", "drop_table"]) { fixture in
            for name in ["o'brien", "a%b", "x--", "drop_table"] {
                #expect(await fixture.login(name, "pw").name == "\(name)@martlet.test")
            }
            #expect(await fixture.login("' OR 1=1 --", "pw") == .denied)
            #expect(await fixture.login("a_b", "pw") == .denied)
            #expect(fixture.directory.accounts(containing: "%").map(\.localPart) == ["a%b"])
            let second = try Directory.open(folder: fixture.folder.path("copy"), options: DirectoryOptions())
            defer { second.close() }
            #expect(second.accounts().isEmpty)
        }
    }
}
