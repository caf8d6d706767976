internal import ArgumentParser
internal import MartletConfig
internal import MartletSystem

/// `martlet config …`
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check, show and explain the configuration.",
        discussion: """
            Examples:
              martlet config check /etc/martlet/martlet.toml
              martlet config show                     every value, defaults included
              martlet config describe smtp            what the keys of [smtp] mean
            """,
        subcommands: [Check.self, Show.self, Describe.self]
    )

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a configuration file, the site's scripts and its lists; fails when something is wrong."
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The file, instead of the one in use.") var file: String?

        struct Result: Encodable {
            var file: String
            var problems: [String]
        }

        func run() throws {
            let path = try self.file ?? self.site.configurationPath()
            var problems: [String] = []
            do {
                problems = try ConfigurationFile.load(path).siteFileProblems
            } catch let error as ConfigError {
                problems = error.problems.map(\.description)
            }
            try self.output.print(Result(file: path, problems: problems)) { result in
                result.problems.isEmpty ? "\(path) is right." : result.problems.joined(separator: "\n")
            }
            if !problems.isEmpty { throw ExitCode(1) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the whole configuration, defaults included, as a file that means the same."
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions

        func run() throws {
            let configuration = try self.site.configuration()
            let values = Dictionary(
                configuration.lines.map { ($0.path, $0.value) },
                uniquingKeysWith: { first, _ in first }
            )
            try self.output.print(values) { _ in configuration.toml() }
        }
    }

    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Explain the keys: what each means, its unit, its range and its default."
        )
        @OptionGroup var output: OutputOptions
        @Argument(help: "A section or a key, such as smtp or smtp.recipients_max; all without it.") var key: String?

        func run() throws {
            let text = try MartletConfig.describe(self.key)
            try self.output.print(["description": text]) { _ in text }
        }
    }
}
