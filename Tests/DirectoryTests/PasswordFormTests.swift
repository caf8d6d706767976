import Directory
import MailTypes
import SASL
import Testing

/// Hashes of other systems, made by them; the password is `secret` unless said otherwise.
@Suite("Directory: password hashes")
struct PasswordFormTests {
    private static let rounds =
        "2BkAo106CG84raQcWpAlhyy6TSSkAsL1nfvBCoezLYyerUzY2l8axTvq6NynEt7SQAx3/cdop9ds0po8uaeHq0"

    static let hashes: [String] = [
        "$6$saltstring$AIsRs/Ee56G/tC8MEHhvReZTfx8u3rXXMl6eYrjCG9ibix19DxoMBLogdTET5Ukw9Sf7eZTITsuk0Ry5qulYz.",
        "$6$rounds=1000$saltstring$" + rounds,
        "$5$saltstring$C3o4O1TC6aRHF4FI.QSZMXtHbaj2gSXr4sUc/3NcUi.",
        "$1$saltstri$WHZcnT3IOdSrMvizOq7Ht1",
        "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
        "$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
        "$y$j75$k2XAnEHBqQ1Ct2aMXFKNa/$Tg4ZRR7tz/WRlmYbADZh9OJYakPewgSPQqW55EXAJ14",
        "$gy$j75$k2XAnEHBqQ1Ct2aMXFKNa/$O2VXkrrbK/nrZECj6gzoetucyvBE.tkY7fQCPxGaah8",
        "{CRYPT}$1$saltstri$WHZcnT3IOdSrMvizOq7Ht1",
        "{MD5-CRYPT}$1$saltstri$WHZcnT3IOdSrMvizOq7Ht1",
        "{SHA256-CRYPT}$5$saltstring$C3o4O1TC6aRHF4FI.QSZMXtHbaj2gSXr4sUc/3NcUi.",
        "{sha256-crypt}$5$saltstring$C3o4O1TC6aRHF4FI.QSZMXtHbaj2gSXr4sUc/3NcUi.",
        "{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
        "{SSHA}1G904nLkTkGWjKNnQuB/hpWXC/hzYWx0c2FsdA==",
        "{SSHA256}oBmrdHcA6OZEkkCLeXh71YAerbvhXz1qqwjrPsXmEtNzYWx0c2FsdA==",
        "{SSHA512}aCu7JRc+kLsuEmFs1zTY+AiP7DSGnjjG+dH28Dp+E5usqoAixeTPihKqZmkWal4mUfp63tqvCAkFV1LKTDFH6XNhbHRzYWx0",
        "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
        "{SHA256.HEX}2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
        "{SHA256}2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
        "{SHA512}vSsar3708Jvp9Szi2NWZZ02Bqp1qRCFpbcTZPdBhnWgs5WtNZKnvCXdhztmeD2cmW192CF5bDufKRpayrW/isg==",
        "{PBKDF2}$1$abcdefgh$5000$4d1f485e75d13fbf46ec6f88ea5cd2faebfe3e0a",
        "{PLAIN}secret",
    ]

    static let options: DirectoryOptions = {
        var policy = DirectoryFixture.policy
        policy.upgradesImported = false
        return DirectoryOptions(passwords: policy)
    }()

    @Test("hashes of other systems open to their password and to no other", arguments: hashes)
    func imported(_ hash: String) async throws {
        try await DirectoryFixture.with(accounts: [], options: Self.options) { fixture in
            try await fixture.add("alice", .imported(hash))
            #expect(await fixture.login("alice", "secret").name == "alice@martlet.test")
            for wrong in ["Secret", "secret ", "secre", "secret\u{0}", "secret\u{0}x", "x", hash] {
                #expect(await fixture.login("alice", wrong) == .denied, "\(wrong)")
            }
        }
    }

    @Test("argon2's own vectors")
    func argon2() async throws {
        let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
        try await DirectoryFixture.with(accounts: [], options: Self.options) { fixture in
            for (name, text) in [("a", hash), ("b", "{ARGON2ID}" + hash)] {
                try await fixture.add(name, .imported(text))
                #expect(await fixture.login(name, "password").name == "\(name)@martlet.test")
                #expect(await fixture.login(name, "passwort") == .denied)
            }
        }
    }

    @Test("lesson 12: a malformed stored hash denies, whatever the password", arguments: malformed)
    func malformedDenies(_ hash: String) async throws {
        try await DirectoryFixture.with(accounts: [], options: Self.options) { fixture in
            #expect(await code { try await fixture.add("refused", .imported(hash)) } == .invalidPassword)
            // As it would stand after a restore from elsewhere, or a hand in the database.
            try await fixture.addWithStoredHash("alice", hash)
            let reopened = try fixture.reopened()
            defer { reopened.close() }
            #expect(reopened.account(named: "alice") != nil)
            for password in ["secret", hash, "", "*0", "*", "!", "x", String(hash.dropFirst(7))] {
                let claim = PasswordClaim(login: "alice", password: Secret(password))
                #expect(await reopened.authenticate(claim, from: .network(1)) == .denied, "\(password)")
            }
        }
    }

    static let malformed: [String] = [
        "", "*", "!", "x", "*0", "secret", "{", "{}", "{PLAIN}", "{PLAIN", "{NONE}secret", "{MD5}secret", "{SSHA}",
        "{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "{SHA}", "{SHA}5en6G6MezRroT3XKqkdPOmY/", "{SHA256.FOO}AAAA",
        "{SHA256}zz",
        "{PBKDF2}", "{PBKDF2}$1$abcdefgh$0$4d1f485e75d13fbf46ec6f88ea5cd2faebfe3e0a", "{PBKDF2}$1$abcdefgh$5000$",
        "{CRYPT}", "{CRYPT}secret", "{CRYPT}abJnggxhB/yWI", "{SHA512-CRYPT}$1$saltstri$WHZcnT3IOdSrMvizOq7Ht1",
        "abJnggxhB/yWI", "$", "$6$", "$6$salt", "$6$saltstring$", "$6$saltstring$AIsRs",
        "$6$rounds=999999999$saltstring$" + rounds,
        "$2b$05$short", "$2b$99$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a", "$y$", "$y$j75$x$y", "$9$a$b",
        "$argon2id$", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65",
        "$argon2id$v=19$m=256,t=2,p=1$$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=18$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=0,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=99999999999,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=-2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4$x",
        "$argon2x$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "{SCRAM-SHA-256}", "{SCRAM-SHA-256}1,AAAA,AAAA,AAAA", "{SCRAM-SHA-256}4096,c2FsdHNhbHQ=,AAAA,AAAA",
    ]
}
