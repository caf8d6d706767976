import Directory
import Listener
import MailBytes
import MailStore
import MailTypes
import ManageSieveServer
import NIOCore
import SASL
import SieveLanguage
import Testing

@Suite("ManageSieve connections", .timeLimit(.minutes(10)))
struct ConnectionTests {
    @Test("SCRAM: the server's proof comes with the news of success (RFC 5804 §2.1)")
    func scram() async throws {
        try await ManageSieveSite.with { site in
            let client = try await site.connect()
            let credentials = SASLClientCredentials(login: "bob", password: Secret(ManageSieveSite.password))
            var sasl = SASLClient(.scramSHA256, credentials: credentials)
            let first = try #require(try sasl.begin())
            try await client.send("AUTHENTICATE \"SCRAM-SHA-256\" \"\(first.base64)\"\r\n")
            let challenge = try #require(Base64.decode(try await client.literal()))
            let answer = try await client.command("\"\(try sasl.challengeReceived(challenge).base64)\"")
            let match = try #require(answer.last?.wholeMatch(of: /OK \(SASL "([^"]*)"\)/))
            // Throws when the server has not proved that it knows the password.
            #expect(try sasl.challengeReceived(try #require(Base64.decode(match.1))) == [])
            #expect(try await client.command("LISTSCRIPTS") == ["OK \"LISTSCRIPTS completed\""])
            await client.close()
        }
    }

    @Test("SCRAM with a wrong password gives nothing away")
    func scramDenied() async throws {
        try await ManageSieveSite.with { site in
            let client = try await site.connect()
            for login in ["bob", "nobody"] {
                let credentials = SASLClientCredentials(login: login, password: Secret("wrong"))
                var sasl = SASLClient(.scramSHA256, credentials: credentials)
                let first = try #require(try sasl.begin())
                try await client.send("AUTHENTICATE \"SCRAM-SHA-256\"\r\n")
                #expect(try await client.literal() == "")
                try await client.send("\"\(first.base64)\"\r\n")
                let challenge = try #require(Base64.decode(try await client.literal()))
                let answer = try await client.command("\"\(try sasl.challengeReceived(challenge).base64)\"")
                #expect(answer == ["NO \"Name or password is wrong\""])
            }
            await client.close()
        }
    }

    @Test("what the compiler offers is announced, and what the site withholds is not")
    func capabilities() async throws {
        try await ManageSieveSite.with {
            $0.compiler.settings.withheld = [.enotify, .vacation]
            $0.compiler.limits.redirectsMax = 7
        } _: { site in
            let client = try await site.connect()
            let lines = try await client.command("CAPABILITY")
            let sieve = try #require(lines.first { $0.hasPrefix("\"SIEVE\" ") })
            let announced = sieve.dropFirst(9).dropLast().split(separator: " ").map(String.init)
            let offered = SieveCapability.offered.filter { $0 != .enotify && $0 != .vacation }.map(\.rawValue)
            #expect(announced == offered)
            #expect(!lines.contains { $0.hasPrefix("\"NOTIFY\"") })
            #expect(lines.contains("\"MAXREDIRECTS\" \"7\""))
            await client.close()
        }
    }

    @Test("everything announced may be required in a script, and a script of the largest size is kept")
    func largeScript() async throws {
        try await ManageSieveSite.with { site in
            let client = try await site.connect()
            try await client.logIn()
            let names = SieveCapability.offered.filter { $0 != .extracttext }.map { "\"\($0.rawValue)\"" }
            let head = "require [\(names.joined(separator: ", "))];\r\n"
            let max = SieveLimits().scriptOctetsMax
            let line = "# \(String(repeating: "x", count: 60))\r\n"
            var script = head + String(repeating: line, count: (max - head.utf8.count) / line.utf8.count)
            script += "#" + String(repeating: "y", count: max - script.utf8.count - 1)
            #expect(try await client.command("PUTSCRIPT \"large\"", literal: script) == ["OK \"PUTSCRIPT completed\""])
            let answer = try await client.command("GETSCRIPT \"large\"")
            #expect(answer.first == "{\(max)}\r\n\(script)")
            let larger = try await client.command("PUTSCRIPT \"large\"", literal: script + "y")
            #expect(larger == ["NO (QUOTA/MAXSIZE) \"The script is too large\""])
            await client.close()
        }
    }

    @Test("the session of an account that is removed or suspended ends at its next command")
    func closedAccount() async throws {
        try await ManageSieveSite.with { site in
            let (alice, bob) = (try await site.connect(), try await site.connect())
            try await alice.logIn("alice")
            try await bob.logIn("bob")
            let removed = try site.account("alice")
            let suspended = try site.account("bob")
            try await site.directory.removeAccount(removed)
            try await site.store.removeAccount(removed)
            try await site.directory.setState(of: suspended, to: .suspended)
            for (client, command) in [(alice, "LISTSCRIPTS"), (bob, "NOOP")] {
                #expect(try await client.command(command) == ["BYE \"The account has been closed\""])
                #expect(await client.isClosedByServer())
            }
        }
    }

    @Test("nobody sees another's scripts")
    func accounts() async throws {
        try await ManageSieveSite.with { site in
            let client = try await site.connect()
            try await client.logIn("alice")
            try await client.command("PUTSCRIPT \"main\" \"keep;\"")
            try await client.command("UNAUTHENTICATE")
            try await client.logIn("bob")
            #expect(try await client.command("LISTSCRIPTS") == ["OK \"LISTSCRIPTS completed\""])
            #expect(try await client.command("GETSCRIPT \"main\"").last?.hasPrefix("NO (NONEXISTENT)") == true)
            #expect(try await client.command("CAPABILITY").contains("\"OWNER\" \"bob@martlet.test\""))
            await client.close()
            #expect(try await site.store.script("main", of: site.account("alice")) == Array("keep;".utf8))
        }
    }

    @Test("when too many scripts wait to be checked, the client may try again")
    func checksAreBounded() async throws {
        try await ManageSieveSite.with {
            $0.session.checksWaitingMax = 0
        } _: { site in
            let client = try await site.connect()
            try await client.logIn()
            for command in ["CHECKSCRIPT \"keep;\"", "PUTSCRIPT \"a\" \"keep;\""] {
                #expect(try await client.command(command).last?.hasPrefix("NO (TRYLATER) ") == true)
            }
            #expect(try await client.command("LISTSCRIPTS").count == 1)
            await client.close()
        }
    }

    @Test("a store that fails is told as trouble that passes")
    func failure() async throws {
        try await ManageSieveSite.with { site in
            let client = try await site.connect()
            try await client.logIn()
            site.store.close()
            for command in ["LISTSCRIPTS", "PUTSCRIPT \"a\" \"keep;\"", "SETACTIVE \"\""] {
                #expect(try await client.command(command).last?.hasPrefix("NO (TRYLATER) ") == true)
            }
            await client.close()
        }
    }

    @Test("a client that is silent before login hears so and is sent away")
    func silence() async throws {
        try await ManageSieveSite.with {
            $0.session.loginTimeout = .seconds(1)
        } _: { site in
            let client = try await site.connect()
            #expect(try await client.answer() == ["BYE \"Silent for too long\""])
            #expect(await client.isClosedByServer())
        }
    }

    @Test("a server that stops says so to everybody")
    func shutdown() async throws {
        try await ManageSieveSite.with { site in
            let stranger = try await site.connect()
            let user = try await site.connect()
            try await user.logIn()
            await site.listener.stop(grace: .seconds(5))
            for client in [stranger, user] {
                #expect(try await client.answer() == ["BYE (TRYLATER) \"Shutting down\""])
                #expect(await client.isClosedByServer())
            }
        }
    }

    @Test("a script is not taken from a stranger, nor a literal without end from anybody")
    func strangers() async throws {
        try await ManageSieveSite.with { site in
            let client = try await site.connect()
            let script = String(repeating: "x", count: 20_000)
            #expect(try await client.command("PUTSCRIPT \"a\"", literal: script) == ["NO \"Too large\""])
            #expect(try await client.command("PUTSCRIPT \"a\" \"keep;\"") == ["NO \"Log in first\""])
            #expect(try await client.command("PUTSCRIPT \"a\" {99999999999+}") == ["BYE \"Too large by far\""])
            #expect(await client.isClosedByServer())
        }
    }

    @Test("commands sent together are answered in their order")
    func pipelining() async throws {
        try await ManageSieveSite.with { site in
            let client = try await site.connect()
            try await client.logIn()
            var batch = ""
            for number in 0..<200 {
                batch += "PUTSCRIPT \"s\(number % 10)\" \"# \(number)\"\r\nGETSCRIPT \"s\(number % 10)\"\r\n"
                batch += "NOOP \"\(number)\"\r\n"
            }
            try await client.send(batch)
            for number in 0..<200 {
                #expect(try await client.answer() == ["OK \"PUTSCRIPT completed\""])
                let text = "# \(number)"
                let expected = ["{\(text.utf8.count)}\r\n\(text)", "OK \"GETSCRIPT completed\""]
                #expect(try await client.answer() == expected)
                #expect(try await client.answer() == ["OK (TAG \"\(number)\") \"NOOP completed\""])
            }
            await client.close()
        }
    }
}
