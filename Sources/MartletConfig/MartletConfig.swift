/// All settings of a server as plain values. Made from one file, whole or not at all.
package struct MartletConfig: Hashable, Sendable {
    package var server = ServerSection()
    package var tls = TLSSection()
    package var listen = ListenSection()
    package var directory = DirectorySection()
    package var passwords = PasswordsSection()
    package var smtp = SMTPSection()
    package var imap = IMAPSection()
    package var pop3 = POP3Section()
    package var managesieve = ManageSieveSection()
    package var queue = QueueSection()
    package var route = RouteSection()
    package var smartHost = SmartHostSection()
    package var sieve = SieveSection()
    package var sieveLists = SieveListsSection()
    package var resolver = ResolverSection()
    package var stubZones: [StubZoneSection] = []
    package var senderPolicy = SenderPolicySection()
    package var senderPolicyOf = SenderPolicyOfSection()
    package var store = StoreSection()
    package var trace = TraceSection()
    package var log = LogSection()
    package var logLevels = LogLevelsSection()

    /// Every setting at its default.
    package init() {}

    /// In the order in which they are shown.
    static let sections: [AnyConfigSection] = [
        AnyConfigSection(\.server), AnyConfigSection(\.tls), AnyConfigSection(\.listen), AnyConfigSection(\.directory),
        AnyConfigSection(\.passwords), AnyConfigSection(\.smtp), AnyConfigSection(\.imap), AnyConfigSection(\.pop3),
        AnyConfigSection(\.managesieve), AnyConfigSection(\.queue), AnyConfigSection(\.route),
        AnyConfigSection(\.smartHost), AnyConfigSection(\.sieve), AnyConfigSection(\.sieveLists),
        AnyConfigSection(\.resolver),
        AnyConfigSection(repeated: \.stubZones), AnyConfigSection(\.senderPolicy), AnyConfigSection(\.senderPolicyOf),
        AnyConfigSection(\.store), AnyConfigSection(\.trace), AnyConfigSection(\.log), AnyConfigSection(\.logLevels),
    ]

    /// The control socket's path, chosen or not.
    package var controlSocketPath: String { self.server.controlSocket ?? "\(self.server.data)/control.sock" }
}

// MARK: - From a file

extension MartletConfig {
    /// Reads a file's text; throws everything that is wrong with it.
    package static func parse(_ text: String) throws(ConfigError) -> MartletConfig {
        let tables = try ConfigNode.parse(text)
        var reader = ConfigReader(text: text)
        let config = reader.read(tables)
        for problem in config.contradictions { reader.add(problem.key, problem.message) }
        guard reader.problems.isEmpty else { throw ConfigError(problems: reader.problems) }
        return config
    }

    /// A file's settings, and the text they were read from.
    ///
    /// - Throws: what is wrong with it, naming the file.
    package static func read(path: String) throws(ConfigError) -> (settings: MartletConfig, text: String) {
        do {
            let text = try self.text(path)
            return (try self.parse(text), text)
        } catch {
            var error = error
            error.path = path
            throw error
        }
    }

    private static func text(_ path: String) throws(ConfigError) -> String {
        func error(_ message: String) -> ConfigError {
            ConfigError(problems: [ConfigProblem(key: "", line: nil, message: message)])
        }
        guard let octets = FileText.octets(path: path, limit: Self.fileOctetsMax) else {
            throw error("cannot be read, or is larger than a megabyte")
        }
        guard let text = String(validating: octets, as: UTF8.self) else { throw error("is not UTF-8") }
        return text
    }

    private static let fileOctetsMax = 1 << 20

    /// What is wrong with a configuration that was put together in a program.
    package func check() throws(ConfigError) {
        let problems = Self.sections.flatMap { $0.problems(self) } + self.contradictions
        guard problems.isEmpty else { throw ConfigError(problems: problems) }
    }

    /// Settings that are right one by one and wrong together.
    private var contradictions: [ConfigProblem] {
        var problems: [ConfigProblem] = []
        func add(_ key: String, _ message: String) {
            problems.append(ConfigProblem(key: key, line: nil, message: message))
        }
        for clash in self.listen.clashes { add(clash.key, clash.message) }
        if self.tls.certificate != nil, self.tls.key == nil { add("tls.key", "is missing; tls.certificate needs it") }
        if self.tls.key != nil, self.tls.certificate == nil { add("tls.certificate", "is missing; tls.key needs it") }
        if self.smartHost.login != nil, self.smartHost.password == nil {
            add("smart_host.password", "is missing; smart_host.login needs it")
        }
        if self.smartHost.target == nil, self.smartHost.login != nil {
            add("smart_host.target", "is missing; there is a login for it")
        }
        if self.smartHost.target?.transport == .lmtp {
            add("smart_host.target", "must be an SMTP host; LMTP is for final delivery")
        }
        if self.passwords.argon2Memory >> 10 < 8 * self.passwords.argon2Parallelism {
            add("passwords.argon2_memory", "must be at least 8KiB for each lane")
        }
        return problems
    }
}

// MARK: - Changes

extension MartletConfig {
    /// Keys whose new values take effect only after a restart.
    package func keysNeedingRestart(comparedTo running: MartletConfig) -> [String] {
        let settings = zip(self.lines, running.lines).filter { $0.needsRestart && $0.value != $1.value }
        let tables = Self.sections.filter { section in
            section.isRepeated && section.placeholders.contains(where: \.needsRestart)
                && section.tables(self) != section.tables(running)
        }
        return settings.map { $0.0.path } + tables.map(\.name)
    }

    /// Every declared setting in order, without the entries of `[route]` and its like.
    package var lines: [ConfigLine] { Self.sections.flatMap { $0.lines(self) }.filter { !$0.isEntry } }
}
