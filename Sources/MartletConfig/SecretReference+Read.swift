internal import Glibc
package import MailTypes

extension SecretReference {
    /// The secret it points to, without the line end a file has.
    package func read() throws(ConfigError) -> Secret {
        switch self {
        case .environment(let name):
            guard let value = unsafe getenv(name) else { throw Self.problem("the environment has no \(name)") }
            return Secret(unsafe String(cString: value))
        case .file(let path):
            guard let octets = FileText.octets(path: path, limit: Self.octetsMax) else {
                throw Self.problem("\(path) cannot be read, or is larger than \(Self.octetsMax) octets")
            }
            return Secret(Array(octets.prefix { $0 != 0x0A && $0 != 0x0D }))
        }
    }

    /// More is no password.
    private static let octetsMax = 4_096

    private static func problem(_ message: String) -> ConfigError {
        ConfigError(problems: [ConfigProblem(key: "", line: nil, message: message)])
    }
}

/// Small files, read whole.
package enum FileText {
    /// `nil` when it cannot be read or has more than `limit` octets.
    package static func octets(path: String, limit: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var octets: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while octets.count <= limit {
            let got = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if got < 0 { return nil }
            if got == 0 { return octets }
            octets += chunk.prefix(got)
        }
        return nil
    }
}
