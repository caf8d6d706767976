internal import FoundationEssentials
internal import Glibc
internal import MailTypes
package import MartletConfig
package import Operations

/// Carries out administrative calls on the stored data while no program runs.
package enum OfflineSystem {
    package static func perform<Call: AdministrativeCall>(
        _ call: Call,
        configuration: MartletConfig
    ) async throws -> Call.Output {
        let services = try StoredServices.open(configuration, clock: SystemClock())
        defer { services.close() }
        return try await call.perform(on: services.administered(by: nil))
    }

    /// Copies a backup into a data folder that holds no mail.
    ///
    /// - Returns: a sentence for the administrator.
    package static func restore(from folder: String, configuration: MartletConfig) throws -> String {
        let home = configuration.server.data
        let parts = ["directory", "queue", "mail"]
        let files = FileManager.default
        for part in parts where !files.fileExists(atPath: "\(folder)/\(part)") {
            throw SystemError("\(folder) is no backup: it has no folder '\(part)'")
        }
        let lock = try HomeLock(folder: home)
        defer { lock.release() }
        for part in parts where files.fileExists(atPath: "\(home)/\(part)") {
            throw SystemError("\(home)/\(part) is there already; move it away before restoring")
        }
        for part in parts { try files.copyItem(atPath: "\(folder)/\(part)", toPath: "\(home)/\(part)") }
        // The administrator may delete the backup after reading the sentence below.
        sync()
        return "The backup is in \(home). Check it (martlet store check), then start Martlet."
    }
}
