package import MartletConfig
internal import Storage
package import Supervisor

/// A configuration as the program serves by it: the settings, and the text and the file they were read from.
package struct LoadedConfiguration: Sendable {
    package var settings: MartletConfig
    /// Read again on reload.
    package var path: String
    /// Why the file could not be taken; then these are the settings that were served by last.
    package var complaint: String?
    private var text: String

    package init(path: String) throws {
        (self.settings, self.text) = try ConfigurationFile.read(path)
        self.path = path
    }

    /// For a worker that takes the place of one that has ended, maybe at night: a file that somebody is in the middle
    /// of changing is left aside for what was served by last. Who starts the program gets an error for it.
    package init(path: String, after handover: WorkerHandover?) throws {
        do {
            try self.init(path: path)
        } catch {
            guard let handover, handover.previousEnd != .none, !handover.home.isEmpty,
                let last = try? LoadedConfiguration(path: Self.keptPath(in: handover.home))
            else { throw error }
            self = last
            self.path = path
            // What is in force, whatever was written there for the next start.
            self.settings.server.data = handover.home
            self.complaint = "\(error)"
        }
    }

    /// Keeps it for later workers, in the data folder that is in use: the settings may name another for the next start.
    func keep(in home: String) throws {
        try TextFile.replace(Self.keptPath(in: home), with: self.text)
    }

    private static func keptPath(in home: String) -> String { "\(home)/served.toml" }
}
