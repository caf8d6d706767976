import Directory
import MailTypes
import Testing

@Suite("Directory: where mail goes")
struct ResolutionTests {
    @Test("accounts are found in any case, with and without detail")
    func accounts() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "bob", "mary-ann", "jürgen"]) { fixture in
            let table: [(String, [String])] = [
                ("alice", ["alice@martlet.test"]), ("ALICE", ["alice@martlet.test"]),
                ("alice@MARTLET.test", ["alice@martlet.test"]), ("alice+List", ["alice@martlet.test [List]"]),
                ("Alice+a+b", ["alice@martlet.test [a+b]"]), ("alice+", ["alice@martlet.test"]),
                ("+alice", ["unknown"]), ("mary-ann", ["mary-ann@martlet.test"]), ("mary", ["unknown"]),
                ("JÜRGEN", ["jürgen@martlet.test"]), ("carol", ["unknown"]), ("carol+x", ["unknown"]),
                ("alice@example.org", ["not local"]), ("alice@sub.martlet.test", ["not local"]),
            ]
            for (name, expected) in table { #expect(fixture.resolve(name).names == expected, "\(name)") }
        }
    }

    @Test("separators are the site's choice")
    func separators() async throws {
        let options = DirectoryOptions(detailSeparators: "-_", passwords: DirectoryFixture.policy)
        try await DirectoryFixture.with(accounts: ["alice"], options: options) { fixture in
            #expect(fixture.resolve("alice-x").names == ["alice@martlet.test [x]"])
            #expect(fixture.resolve("alice_x-y").names == ["alice@martlet.test [x-y]"])
            #expect(fixture.resolve("alice+x").names == ["unknown"])
            fixture.directory.reconfigure(
                DirectoryOptions(detailSeparators: "", passwords: DirectoryFixture.policy)
            )
            #expect(fixture.resolve("alice-x").names == ["unknown"])
        }
    }

    @Test("aliases lead to several, nested and outside; nobody twice")
    func aliases() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "bob", "carol"]) { fixture in
            try await fixture.alias("team", "alice", "bob", "Fred@Example.org")
            try await fixture.alias("all", "team", "carol", "alice", "fred@example.org")
            #expect(fixture.resolve("Team").names == ["Fred@example.org", "alice@martlet.test", "bob@martlet.test"])
            let everyone = ["Fred@example.org", "alice@martlet.test", "bob@martlet.test", "carol@martlet.test"]
            #expect(fixture.resolve("all").names == (everyone + ["fred@example.org"]).sorted())
            #expect(fixture.resolve("all+x").names.contains("alice@martlet.test [x]"))
            try await fixture.alias("filed", "alice+invoices")
            #expect(fixture.resolve("filed+x").names == ["alice@martlet.test [invoices]"])
        }
    }

    @Test("an account's addresses are its aliases' and not those of others, whose names begin with its own")
    func addresses() async throws {
        try await DirectoryFixture.with(accounts: ["web", "web-team"]) { fixture in
            try await fixture.alias("hotline", "web-team")
            try await fixture.alias("desk", "hotline")
            try await fixture.alias("orders", "web+orders")
            let table = [
                ("web", ["web", "orders"]), ("web-team", ["web-team", "hotline", "desk"]),
            ]
            for (name, expected) in table {
                let found = fixture.directory.addresses(of: fixture.id(name)).map(\.localPart)
                #expect(found == expected, "\(name)")
            }
        }
    }

    @Test("new accounts get numbers behind those there is mail for")
    func passedOver() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            fixture.directory.passOver(AccountID(rawValue: 40))
            fixture.directory.passOver(AccountID(rawValue: 7))
            try await fixture.add("bob", .throwaway(Secret("secret")))
            #expect(fixture.id("bob") == AccountID(rawValue: 41))
        }
    }

    @Test("postmaster of every domain reaches somebody, with and without a domain")
    func postmaster() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "bob"]) { fixture in
            let directory = fixture.directory
            try await directory.addDomain(Domain("other.test"))
            #expect(fixture.resolve("postmaster").names == ["alice@martlet.test"], "no admin: the first account")
            try await directory.setAdmin(of: fixture.id("bob"), to: true)
            #expect(fixture.resolve("Postmaster").names == ["bob@martlet.test"])
            #expect(fixture.resolve("postmaster@other.test").names == ["bob@martlet.test"])
            #expect(directory.resolve(.postmaster).names == ["bob@martlet.test"])
            #expect(fixture.resolve("postmaster+x@other.test").names == ["bob@martlet.test [x]"])

            directory.reconfigure(
                DirectoryOptions(postmaster: address("ops@example.org"), passwords: DirectoryFixture.policy)
            )
            #expect(fixture.resolve("postmaster@other.test").names == ["ops@example.org"])
            directory.reconfigure(DirectoryOptions(postmaster: address("gone"), passwords: DirectoryFixture.policy))
            #expect(fixture.resolve("postmaster").names == ["bob@martlet.test"], "a configured name nobody has")
            try await fixture.alias("postmaster", "alice")
            #expect(fixture.resolve("postmaster").names == ["alice@martlet.test"])
            try await directory.setState(of: fixture.id("alice"), to: .suspended)
            #expect(fixture.resolve("postmaster").names == ["bob@martlet.test"])
        }
    }

    @Test("what the program writes can be answered: at the host's name, at its literal, and in every domain")
    func answers() async throws {
        var options = DirectoryOptions(detailSeparators: "+-", passwords: DirectoryFixture.policy)
        options.hostNames = [Domain("mx.host.test"), Domain("[192.0.2.1]")]
        try await DirectoryFixture.with(accounts: ["alice", "bob"], options: options) { fixture in
            try await fixture.directory.addDomain(Domain("other.test"))
            let names = [
                "postmaster@mx.host.test", "MAILER-DAEMON@MX.host.test", "Postmaster@[192.0.2.1]", "mailer-daemon",
                "MAILER-DAEMON@other.test",
            ]
            for name in names { #expect(fixture.resolve(name).names == ["alice@martlet.test"], "\(name)") }
            #expect(fixture.resolve("postmaster+x@mx.host.test").names == ["alice@martlet.test [x]"])
            let others = [
                "alice@mx.host.test", "postmaster@[192.0.2.2]", "postmaster@host.test", "mailer@mx.host.test",
            ]
            for name in others {
                #expect(fixture.resolve(name).names == ["not local"], "\(name)")
            }
            #expect(fixture.resolve("mailer").names == ["unknown"])

            try await fixture.alias("postmaster", "bob")
            for name in names.dropLast() { #expect(fixture.resolve(name).names == ["bob@martlet.test"], "\(name)") }
            try await fixture.add("mailer", isAdmin: false)
            #expect(fixture.resolve("mailer-daemon").names == ["mailer@martlet.test [daemon]"], "a name somebody has")
            #expect(fixture.resolve("mailer-daemon@mx.host.test").names == ["bob@martlet.test"])
        }
        try await DirectoryFixture.with(options) { fixture in
            #expect(fixture.resolve("postmaster@mx.host.test").names == ["not local"], "nobody is here yet")
        }
    }

    @Test("suspended accounts take no mail; in an alias the others still get theirs, and their own share waits")
    func suspended() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "bob"]) { fixture in
            try await fixture.alias("team", "alice", "bob")
            try await fixture.alias("one", "alice")
            try await fixture.alias("all", "team", "one", "alice+x")
            try await fixture.directory.setState(of: fixture.id("alice"), to: .suspended)
            #expect(fixture.resolve("alice").names == ["suspended"])
            #expect(fixture.resolve("one").names == ["suspended"])
            let bob = LocalTarget(account: fixture.id("bob"), name: "bob@martlet.test", detail: nil)
            for name in ["team", "all"] {
                #expect(fixture.resolve(name) == .local([bob], remote: [address("alice")]))
            }
            try await fixture.directory.setState(of: fixture.id("alice"), to: .active)
            #expect(fixture.resolve("team").names == ["alice@martlet.test", "bob@martlet.test"])
        }
    }

    @Test("a target that leads nowhere is the postmaster's as long as others are reached, and unknown when none is")
    func dangling() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "root"]) { fixture in
            let directory = fixture.directory
            try await fixture.alias("mixed", "alice", "old@later.test")
            try await fixture.alias("lost", "old@later.test")
            #expect(fixture.resolve("lost").names == ["old@later.test"])
            try await directory.setAdmin(of: fixture.id("root"), to: true)
            try await directory.addDomain(Domain("later.test"))
            #expect(fixture.resolve("mixed").names == ["alice@martlet.test", "root@martlet.test"])
            #expect(fixture.resolve("lost").names == ["unknown"])
            #expect(directory.danglingAliases().map(\.alias) == [address("lost"), address("mixed")])
        }
    }

    @Test("a user owns its address, its sub-addresses and the aliases that lead to it")
    func ownership() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "bob"]) { fixture in
            try await fixture.alias("sales", "alice", "x@example.org")
            guard case .accepted(let alice) = await fixture.login("alice", "pw") else {
                Issue.record("alice cannot log in")
                return
            }
            for (name, isOwn) in [
                ("alice", true), ("ALICE+x", true), ("sales", true), ("bob", false), ("carol", false),
                ("alice@example.org", false), ("x@example.org", false),
            ] {
                #expect(fixture.directory.owns(alice, address(name)) == isOwn, "\(name)")
            }
        }
    }
}
