internal import ArgumentParser
internal import Glibc
internal import MartletConfig
internal import MartletSystem

/// Which installation a command is about.
struct Site: ParsableArguments {
    @Option(help: "The configuration file (default: $MARTLET_CONFIG, or /etc/martlet/martlet.toml).")
    var config: String?

    @Option(help: "The folder of a demo, instead of a configuration file (or $MARTLET_HOME).")
    var home: String?

    static let systemConfiguration = "/etc/martlet/martlet.toml"

    /// The configuration file that was named or is usual.
    func configurationPath() throws -> String {
        if let config = self.config { return config }
        if let home = self.home ?? Self.environment("MARTLET_HOME") { return "\(home)/martlet.toml" }
        return Self.environment("MARTLET_CONFIG") ?? Self.systemConfiguration
    }

    func configuration() throws -> MartletConfig {
        try ConfigurationFile.load(self.configurationPath())
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
