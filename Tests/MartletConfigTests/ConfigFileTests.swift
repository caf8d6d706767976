import MailTypes
import MartletConfig
import Testing

@Suite("Configuration: the file")
struct ConfigFileTests {
    @Test("an empty file means every default")
    func empty() throws {
        #expect(try MartletConfig.parse("") == MartletConfig())
        #expect(try MartletConfig.parse("# nothing\n[smtp]\n") == MartletConfig())
    }

    @Test("every kind of value is read")
    func values() throws {
        let config = try MartletConfig.parse(
            """
            [server]
            hostname = "mail.example.org"
            data = "/srv/mail"
            default_domain = "Example.org"
            postmaster = "ops@example.org"

            [tls]
            certificate = "/etc/ssl/mail.pem"
            key = "/etc/ssl/mail.key"
            version_min = "1.3"

            [listen]
            smtp = ["0.0.0.0:25", "[::]:25"]
            pop3 = []

            [smtp]
            message_size_max = "25MiB"
            recipients_max = 2_000
            trusted_networks = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]
            allow_plaintext_on_loopback = false

            [queue]
            schedule = ["1m", "90s", "2h", "1d"]
            expiry = "3d"

            [route]
            "example.net" = "lmtp:10.0.0.2:24"
            ".example.com" = "smtp:[2001:db8::1]:25"
            plain = "10.0.0.3:2525"

            [smart_host]
            target = "smtp:relay.example.org:587"
            login = "me"
            password = { env = "RELAY_PASSWORD" }
            tls = "required"

            [resolver]
            forwarders = ["192.0.2.53", "[2001:db8::53]:5353"]
            trust_anchors = ""
            unsigned_zones = ["Lan.Example"]
            question_timeout = "3s"

            [[stub_zone]]
            zone = "corp.example"
            servers = ["10.0.0.53"]

            [[stub_zone]]
            zone = "10.in-addr.arpa"
            servers = ["10.0.0.53:54", "10.0.0.54:54"]

            [log]
            level = "debug"
            [log_levels]
            smtp = "warning"
            """
        )
        #expect(config.server.hostname == "mail.example.org")
        #expect(config.server.defaultDomain == Domain("example.org"))
        #expect(config.server.postmaster?.description == "ops@example.org")
        #expect(config.controlSocketPath == "/srv/mail/control.sock")
        #expect(config.tls.versionMin == .tls13)
        #expect(config.listen.smtp == [HostPort(host: "0.0.0.0", port: 25), HostPort(host: "::", port: 25)])
        #expect(config.listen.pop3.isEmpty)
        #expect(config.smtp.messageSizeMax == 25 << 20)
        #expect(config.smtp.recipientsMax == 2_000)
        #expect(config.smtp.trustedNetworks.map(\.description) == ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32"])
        #expect(!config.smtp.allowPlaintextOnLoopback)
        #expect(config.queue.schedule == [.seconds(60), .seconds(90), .seconds(7_200), .seconds(86_400)])
        #expect(config.route.targets[Domain("example.net")]?.description == "lmtp:10.0.0.2:24")
        #expect(config.route.targets[Domain(".example.com")]?.description == "smtp:[2001:db8::1]:25")
        #expect(config.route.targets[Domain("plain")]?.description == "smtp:10.0.0.3:2525")
        #expect(config.smartHost.password == .environment("RELAY_PASSWORD"))
        #expect(config.smartHost.tls == .required)
        #expect(config.resolver.forwarders.map(\.description) == ["192.0.2.53:53", "[2001:db8::53]:5353"])
        #expect(config.resolver.trustAnchors.isEmpty)
        #expect(config.resolver.unsignedZones.map(\.text) == ["lan.example"])
        #expect(config.resolver.questionTimeout == .seconds(3))
        #expect(config.stubZones.map(\.zone.text) == ["corp.example", "10.in-addr.arpa"])
        #expect(config.stubZones[1].servers.map(\.port) == [54, 54])
        #expect(config.logLevels.levels == ["smtp": .warning])
        #expect(try MartletConfig.parse(config.toml()) == config)
    }

    @Test("what is wrong is told all at once, with key and line")
    func problems() throws {
        let text = """
            [smtp]
            recieved_max = 5
            message_size_max = "25 megabytes"
            recipients_max = 1

            [smpt]
            [log]
            level = "verbos"
            [smart_host]
            password = "secret"
            login = "me"
            [[stub_zone]]
            zone = "corp.example"
            servers = ["10.0.0.53"]
            [[stub_zone]]
            sevrers = ["10.0.0.53"]
            zone = "."
            """
        let error = try #require(throws: ConfigError.self) { try MartletConfig.parse(text) }
        let expected: [(Int?, String, String)] = [
            (2, "smtp.recieved_max", "did you mean “received_max”?"), (3, "smtp.message_size_max", "is no size"),
            (4, "smtp.recipients_max", "must be 100 to 50_000"), (6, "smpt", "did you mean “smtp”?"),
            (8, "log.level", "“verbos” is not known"), (10, "smart_host.password", "secrets do not stand in this file"),
            (16, "stub_zone[2].sevrers", "did you mean “servers”?"), (17, "stub_zone[2].zone", "below the root"),
            (15, "stub_zone[2].servers", "is missing"),
        ]
        for (line, key, words) in expected {
            let problem = error.problems.first { $0.key == key }
            #expect(problem?.line == line, "\(key)")
            #expect(problem?.message.contains(words) == true, "\(key): \(problem?.message ?? "nothing")")
        }
        #expect(error.problems.map(\.line) == error.problems.map(\.line).sorted { ($0 ?? .max) < ($1 ?? .max) })
        #expect(error.description.contains("line 2: smtp.recieved_max: is not known"))
    }

    @Test(
        "an address is listened on once, whatever it is for",
        arguments: [
            (
                "imap = [\"127.0.0.1:25\"]",
                "line 3: listen.imap: 127.0.0.1:25 cannot be had beside 0.0.0.0:25 of listen.smtp"
            ),
            ("imap = [\"0.0.0.0:25\"]", "listen.imap: 0.0.0.0:25 is listen.smtp's already"),
            ("smtp = [\"[::1]:25\", \"[0::1]:25\"]", "listen.smtp: [0::1]:25 cannot be had beside [::1]:25"),
            ("smtp = [\"localhost:25\", \"localhost:25\"]", "listen.smtp: localhost:25 is there twice"),
            ("smtp = [\"*:25\", \"192.0.2.1:25\"]", "192.0.2.1:25 cannot be had beside *:25"),
            ("smtp = [\"[2001:db8::1]:25\", \"[::]:25\"]", "[::]:25 cannot be had beside [2001:db8::1]:25"),
            ("smtp = [\"0.0.0.0:25\", \"[::]:25\"]", nil), ("smtp = [\"192.0.2.1:25\", \"[::]:25\"]", nil),
            ("smtp = [\"127.0.0.1:0\", \"127.0.0.1:0\"]", nil), ("smtp = [\"192.0.2.1:25\", \"192.0.2.2:25\"]", nil),
        ] as [(String, String?)]
    )
    func clashes(_ line: String, _ problem: String?) throws {
        let text = "# \n[listen]\n\(line)\n"
        guard let problem else {
            _ = try MartletConfig.parse(text)
            return
        }
        let error = try #require(throws: ConfigError.self) { try MartletConfig.parse(text) }
        #expect(error.description.hasSuffix(problem) && error.problems.count == 1, "\(error)")
        var config = MartletConfig()
        config.listen.imap = config.listen.smtp
        #expect(throws: ConfigError.self) { try config.check() }
    }

    @Test("an LMTP listener that others can reach is warned of, and one that they cannot is not")
    func openLMTP() throws {
        let addresses = ["10.0.0.1:24", "[::]:26", "192.0.2.1:27", "[2001:db8::1]:24", "lmtp.lan:24"]
        let list = addresses.map { "\"\($0)\"" }.joined(separator: ", ")
        var config = try MartletConfig.parse("[listen]\nlmtp = [\(list)]\n")
        let warned = config.warnings.map { $0.split(separator: " ")[1] }
        #expect(warned == ["[::]:26", "192.0.2.1:27", "[2001:db8::1]:24"])
        config.listen.lmtp = ["127.0.0.1:24", "[::1]:24", "192.168.1.1:24", "[fd00::1]:24"].compactMap { HostPort($0) }
        #expect(config.warnings.isEmpty)
    }

    @Test(
        "a key nobody knows brings the one that was meant, when there is one",
        arguments: [
            ("[server]\nhost_name = 1", "did you mean “hostname”?"), ("[imap]\nidle_timout = 1", "idle_timeout"),
            ("[imap]\nconnections-max = 1", "connections_max"), ("[listen]\nimps = 1", "did you mean “imaps”?"),
            ("[server]\nshards = 4", "it belongs to [store]"), ("[passwrods]", "did you mean “passwords”?"),
            ("hostname = \"x\"", "it belongs to [server]"), ("[smtp]\nzzzzzzz = 1", "is not known"),
            ("[smarthost]", "did you mean “smart_host”?"), ("[trace]\nDays = 3", "did you mean “days”?"),
        ]
    )
    func didYouMean(_ text: String, _ words: String) throws {
        let error = try #require(throws: ConfigError.self) { try MartletConfig.parse(text) }
        #expect(error.description.contains(words), "\(error)")
    }

    @Test(
        "values that cannot be are refused",
        arguments: [
            "[server]\nhostname = \"\"", "[server]\nhostname = \"mail example.org\"", "[server]\nhostname = \"a..b\"",
            "[server]\nhostname = \"-a.example\"", "[server]\nhostname = \"192.0.2.1\"",
            "[server]\nhostname = \"ä.example\"",
            "[server]\nhostname = \"mail.example.org.\"", "[server]\nhostname = 3", "[server]\ndata = \"relative\"",
            "[server]\npostmaster = \"nobody\"", "[server]\ndefault_domain = \"a b\"", "[server]\nevent_loops = -1",
            "[server]\nevent_loops = 1.5", "[server]\nevent_loops = \"4\"", "[listen]\nsmtp = \"0.0.0.0:25\"",
            "[listen]\nsmtp = [\"25\"]", "[listen]\nsmtp = [\"0.0.0.0:65536\"]", "[listen]\nsmtp = [\"::1:25\"]",
            "[listen]\nsmtp = [\":25\"]", "[smtp]\ntrusted_networks = [\"10.0.0.0/33\"]",
            "[smtp]\ntrusted_networks = [\"ten\"]", "[smtp]\ncommand_timeout = 300", "[smtp]\ncommand_timeout = \"5\"",
            "[smtp]\ncommand_timeout = \"1s\"", "[smtp]\nmessage_size_max = \"99999999999999999999GiB\"",
            "[smtp]\nmessage_size_max = \"9223372036854775807GiB\"", "[queue]\nschedule = []",
            "[queue]\nschedule = [\"0s\"]", "[route]\n\"example.org\" = \"lmtp:host\"",
            "[route]\n\"example.org\" = \"http:host:25\"", "[smart_host]\ntarget = \"lmtp:host:24\"",
            "[smart_host]\ntarget = \"smtp:h:25\"\nlogin = \"me\"", "[smart_host]\npassword = { fil = \"/x\" }",
            "[tls]\ncertificate = \"/x\"", "[tls]\nkey = \"/x\"", "[tls]\nversion_min = \"1.1\"",
            "[log]\ntarget = \"relative.log\"", "[log_levels]\nsmtp = \"loud\"", "[log_levels]\nsmpt = \"info\"",
            "smtp = 3", "[store]\nshards = 65",
            "[directory]\ndetail_separators = \"+a\"", "[passwords]\nargon2_memory = \"1KiB\"", "[smtp", "a = ",
            "[smtp]\nrecipients_max = 200\nrecipients_max = 300", "[smtp]\nerrors_max = true",
            "[resolver]\nforwarders = [\"ns.example\"]", "[resolver]\ntrust_anchors = \"root.key\"",
            "[resolver]\nunsigned_zones = [\"a..b\"]",
            "[sender_policy]\ntrusted_sealers = [\"a..b\"]", "[resolver]\ncache_size = 1",
            "[stub_zone]\nzone = \"a\"\nservers = [\"10.0.0.1\"]", "[[stub_zone]]\nzone = \"a\"", "stub_zone = [3]",
            "[[stub_zone]]\nzone = \"a\"\nservers = []", "[[stub_zone]]\nservers = [\"10.0.0.1\"]",
        ]
    )
    func refused(_ text: String) {
        #expect(throws: ConfigError.self) { try MartletConfig.parse(text) }
    }

    @Test("a syntax error tells its line")
    func syntax() throws {
        let error = try #require(throws: ConfigError.self) { try MartletConfig.parse("[smtp]\n\nx = = 1\n") }
        #expect(error.problems.first?.line == 3)
    }

    @Test("the examples are right", arguments: ["laptop.toml", "one-server.toml"])
    func examples(_ name: String) throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let config = try MartletConfig.read(path: "/\(folder)/../../examples/\(name)").settings
        #expect(config != MartletConfig())
        #expect(try MartletConfig.parse(config.toml()) == config)
    }

    @Test("a file that is not there is an error that names it")
    func missing() throws {
        let error = try #require(throws: ConfigError.self) { try MartletConfig.read(path: "/nonexistent/martlet.toml") }
        #expect(error.description.contains("/nonexistent/martlet.toml"))
    }
}
