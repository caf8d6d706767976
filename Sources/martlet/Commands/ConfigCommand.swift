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
            abstract: "Check a configuration file and the files it names; fails when something is wrong.",
            discussion: """
                What keeps a server from being started is told in the same words: also of certificate and key, the
                site's scripts and lists, the smart host's password and the resolver's trust anchors.
                """
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The file, instead of the one in use.") var file: String?

        struct Result: Encodable {
            var file: String
            var problems: [String]
            /// What can be served with, and is perhaps not meant.
            var warnings: [String] = []
        }

        func run() throws {
            let path = try self.file ?? self.site.configurationPath()
            var result = Result(file: path, problems: [])
            do {
                let configuration = try ConfigurationFile.load(path)
                result.problems = StartCheck.problems(of: configuration)
                result.warnings = configuration.warnings
            } catch let error as ConfigError {
                result.problems = error.problems.map(\.description)
            }
            try self.output.print(result) { result in
                let verdict = result.problems.isEmpty ? ["\(path) is right."] : result.problems
                return (verdict + result.warnings.map { "Warning: \($0)" }).joined(separator: "\n")
            }
            if !result.problems.isEmpty { throw ExitCode(1) }
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
            try self.output.print(configuration.tree) { _ in configuration.toml() }
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
