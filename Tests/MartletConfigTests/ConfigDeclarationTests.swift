import Foundation
import MailTypes
import MartletConfig
import Testing

@Suite("Configuration: what is declared")
struct ConfigDeclarationTests {
    @Test("what show prints reads back as the same configuration")
    func roundTrip() throws {
        let route = HostPort(host: "127.0.0.1", port: 2_526)
        for config in [MartletConfig(), MartletConfig.demo(home: "/tmp/it's \"here\"", accounts: 20_000, route: route)]
        {
            let text = config.toml()
            #expect(try MartletConfig.parse(text) == config)
            #expect(try MartletConfig.parse(text).toml() == text)
        }
    }

    @Test("as JSON each value is of its own kind, sections hold keys, and what is not set is null")
    func tree() throws {
        var config = MartletConfig()
        config.route.targets[Domain("example.org")] = RouteTarget("lmtp:10.0.0.1:24")
        config.stubZones = [StubZoneSection()]
        let octets = try JSONEncoder().encode(config.tree)
        let root = try #require(try JSONSerialization.jsonObject(with: octets) as? [String: Any])
        #expect(Set(root.keys) == Set(MartletConfig.describedLines.map(\.section)))
        func value(_ section: String, _ key: String) -> Any? { (root[section] as? [String: Any])?[key] }
        #expect(value("server", "hostname") as? String == "localhost")
        #expect(value("queue", "active_max") as? Int == config.queue.activeMax)
        #expect(value("sieve", "default_script") as? Bool == true)
        #expect(value("smtp", "command_timeout") as? String == "5m")
        #expect(value("listen", "smtp") as? [String] == ["0.0.0.0:25"])
        #expect(value("tls", "certificate") is NSNull)
        #expect(value("route", "example.org") as? String == "lmtp:10.0.0.1:24")
        #expect((root["stub_zone"] as? [[String: Any]])?.count == 1)
    }

    @Test("every default is inside its own bounds, and so is the demo")
    func defaults() throws {
        try MartletConfig().check()
        try MartletConfig.demo(home: "/tmp/demo").check()
        try MartletConfig.demo(home: "/tmp/demo", accounts: 100_000).check()
    }

    @Test("show and describe name every key once, each with a sentence of help")
    func described() throws {
        let shown = MartletConfig().toml()
        let all = try MartletConfig.describe(nil)
        let lines = MartletConfig.describedLines
        #expect(lines.count > 60)
        #expect(Set(lines.map(\.path)).count == lines.count)
        for line in lines {
            #expect(line.help.count > 10 && line.help.last == ".", "\(line.path) needs a sentence")
            #expect(!line.form.isEmpty)
            #expect(all.contains("\(line.section).\(line.key)\n    \(line.help)"), "\(line.path)")
            if !line.isEntry {
                #expect(shown.contains("\n\(line.key) = ") || shown.contains("\n# \(line.key) is not set"))
                #expect(try MartletConfig.describe(line.path).contains(line.help))
            }
        }
    }

    @Test("describe takes a section, a path or a bare key, and guesses what was meant")
    func describe() throws {
        #expect(try MartletConfig.describe("smtp").contains("[smtp]"))
        #expect(try MartletConfig.describe("smtp.received_max").contains("Default: 50"))
        #expect(try MartletConfig.describe("received_max").contains("10 to 500"))
        #expect(try MartletConfig.describe("idle_timeout").contains("pop3.idle_timeout"))
        #expect(try MartletConfig.describe("server.data").contains("A change needs a restart."))
        #expect(try MartletConfig.describe("stub_zone").contains("[[stub_zone]]"))
        #expect(try MartletConfig.describe("stub_zone.servers").contains("1 to 16 servers"))
        let error = try #require(throws: ConfigError.self) { try MartletConfig.describe("smtp.recieved_max") }
        #expect(error.description.contains("did you mean “smtp.received_max”?"))
    }

    @Test("changes that wait for a restart are named")
    func restart() {
        var new = MartletConfig()
        new.smtp.receivedMax = 60
        #expect(new.keysNeedingRestart(comparedTo: MartletConfig()).isEmpty)
        new.listen.lmtp = [HostPort(host: "127.0.0.1", port: 24)]
        new.store.shards = 8
        new.server.controlSocket = "/run/martlet.sock"
        new.stubZones = [StubZoneSection()]
        let keys = new.keysNeedingRestart(comparedTo: MartletConfig())
        #expect(keys == ["server.control_socket", "listen.lmtp", "store.shards", "stub_zone"])
        #expect(new.keysNeedingRestart(comparedTo: new).isEmpty)
        #expect(new.changes().map(\.path).contains("smtp.received_max"))
    }

    @Test("the demo listens where the demo should")
    func demo() {
        let listen = MartletConfig.demo(home: "/tmp/demo").listen
        let ports = [
            listen.smtp, listen.submission, listen.submissions, listen.lmtp, listen.imap, listen.imaps, listen.pop3,
            listen.pop3s, listen.managesieve,
        ]
        let expected = [2_525, 2_587, 2_465, 2_424, 2_143, 2_993, 2_110, 2_995, 2_419]
        #expect(ports.map { $0.map(\.port) } == expected.map { [$0] })
        #expect(ports.allSatisfy { $0.allSatisfy { $0.host == "127.0.0.1" } })
        let config = MartletConfig.demo(home: "/h", domain: Domain("d.test"), route: HostPort("127.0.0.1:25"))
        #expect(config.controlSocketPath == "/h/control.sock")
        #expect(config.server.defaultDomain == Domain("d.test"))
        #expect(config.smartHost.target?.description == "smtp:127.0.0.1:25")
    }

    @Test("lesson 11: no setting speaks of quoting, escaping or raw queries")
    func escaping() {
        for line in MartletConfig.describedLines {
            for word in ["escap", "quot", "raw", "unsafe", "sql", "filter"] {
                #expect(!line.path.contains(word), "\(line.path)")
            }
        }
    }

    @Test("no secret can stand in the file, and none is shown")
    func secrets() throws {
        let text = "[smart_host]\ntarget = \"h:25\"\nlogin = \"me\"\npassword = { file = \"/etc/martlet/relay\" }\n"
        let config = try MartletConfig.parse(text)
        #expect(config.toml().contains("password = { file = \"/etc/martlet/relay\" }"))
        #expect(throws: ConfigError.self) { try SecretReference.file("/nonexistent").read() }
        #expect(throws: ConfigError.self) { try SecretReference.environment("MARTLET_TEST_NOT_SET").read() }
    }

    @Test(
        "networks hold their addresses and no others",
        arguments: [
            ("127.0.0.0/8", "127.255.0.1", true), ("127.0.0.0/8", "128.0.0.1", false), ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false), ("10.1.2.0/23", "10.1.3.9", true), ("10.1.2.0/23", "10.1.4.0", false),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false), ("::1", "::1", true),
            ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true), ("127.0.0.0/8", "localhost", false),
        ]
    )
    func networks(_ network: String, _ address: String, _ isInside: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(address) == isInside)
    }
}
