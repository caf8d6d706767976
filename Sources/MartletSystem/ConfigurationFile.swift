internal import Glibc
internal import MailTypes
package import MartletConfig

/// Reads the configuration for a command or for the program, with an error that says what to do.
package enum ConfigurationFile {
    package static func load(_ path: String) throws -> MartletConfig {
        try self.read(path).settings
    }

    static func read(_ path: String) throws -> (settings: MartletConfig, text: String) {
        guard unsafe access(path, R_OK) == 0 else {
            guard errno != EACCES else {
                throw SystemError(
                    "the configuration \(path) cannot be read: \(SystemFailure.last). "
                        + "Call this as root, or as the user Martlet runs as"
                )
            }
            throw SystemError(
                "there is no configuration to read at \(path). "
                    + "Name one with --config FILE, or a demo's folder with --home DIR"
            )
        }
        return try MartletConfig.read(path: path)
    }
}

/// The program cannot do what it was asked: what is wrong and what to do.
package struct SystemError: Error, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}
