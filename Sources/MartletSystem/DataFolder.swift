internal import Directory
internal import FoundationEssentials
internal import Glibc
internal import MailQueue
internal import MailStore
package import MartletConfig
internal import Operations

/// The parts of a data folder that hold what must not be lost, and what can be done with them as a whole.
package enum DataFolder {
    /// In the order in which they are opened.
    private static let parts = ["directory", "queue", "mail"]

    /// Refuses data this program cannot open for its format, before any of it is touched. Lesson 23.
    package static func checkFormats(_ folder: String) throws {
        try Directory.checkFormat(folder: "\(folder)/directory")
        try MailQueue.checkFormat(folder: "\(folder)/queue")
        try MailStore.checkFormat(folder: "\(folder)/mail")
    }

    /// Refuses a folder that holds no mail system, before any of one is made there.
    static func requireParts(of folder: String) throws {
        guard !FileManager.default.fileExists(atPath: self.copied(in: folder)) else { return }
        for part in self.parts where !FileManager.default.fileExists(atPath: "\(folder)/\(part)") {
            throw SystemError("there is nothing to look at: \(folder) has no folder '\(part)'")
        }
    }

    /// What else a backup may hold. Of these, what the data folder has already stays, a certificate and its key
    /// together.
    private static let extras = [[SelfMadeCertificate.certificate, SelfMadeCertificate.key], ["trace"]]

    /// Copies a backup into a data folder that holds no mail: all of it or, when something is wrong, nothing.
    ///
    /// - Returns: a sentence for the administrator.
    package static func restore(from backup: String, configuration: MartletConfig) throws -> String {
        let home = configuration.server.data
        let files = FileManager.default
        for part in self.parts where !files.fileExists(atPath: "\(backup)/\(part)") {
            throw SystemError("\(backup) is no backup: it has no folder '\(part)'")
        }
        if let fault = try BackupMark.fault(of: backup) {
            throw SystemError("Nothing was restored: the backup in \(backup) is not whole: \(fault)")
        }
        do {
            try Self.checkFormats(backup)
        } catch {
            throw SystemError("Nothing was restored. \(error)")
        }
        let lock = try HomeLock(folder: home)
        defer { lock.release() }
        try Self.finishRestore(in: home)
        for part in self.parts where files.fileExists(atPath: "\(home)/\(part)") {
            throw SystemError("\(home)/\(part) is there already; move it away before restoring, or it would be lost")
        }
        try Self.copy(backup, to: home, files)
        return """
            The backup is in \(home). Check it (martlet store check), then start Martlet.
            Mail that was in the queue at the time will be sent on; to look at it first: martlet queue hold --all
            """
    }

    /// Beside its place first, so that a full disk leaves no half of a store where a whole one is looked for.
    private static func copy(_ backup: String, to home: String, _ files: FileManager) throws {
        let unfinished = "\(home)/restore.unfinished"
        do {
            if files.fileExists(atPath: unfinished) { try files.removeItem(atPath: unfinished) }
            try files.createDirectory(atPath: unfinished, withIntermediateDirectories: false)
            for part in self.parts + Self.extras(of: backup, missingIn: home, files) {
                try files.copyItem(atPath: "\(backup)/\(part)", toPath: "\(unfinished)/\(part)")
            }
            let owner = DataOwner(of: home)
            for path in [unfinished, "\(home)/\(HomeLock.fileName)"] { try owner?.take(path) }
            sync()
            try files.moveItem(atPath: unfinished, toPath: Self.copied(in: home))
        } catch {
            // The next try removes it when this one cannot.
            try? files.removeItem(atPath: unfinished)
            throw SystemError("Nothing was restored: \(error)")
        }
        try Self.finishRestore(in: home)
    }

    /// Where all of a backup is before it is moved into its place.
    private static func copied(in home: String) -> String { "\(home)/restore.copied" }

    /// Moves what a restore has copied into its place; a crash may have come between two parts. Whoever opens the data
    /// does so first.
    ///
    /// - Throws: ``SystemError`` when something is in its place, which a restore has seen to be free.
    static func finishRestore(in home: String) throws {
        let (copied, files) = (Self.copied(in: home), FileManager.default)
        guard files.fileExists(atPath: copied) else { return }
        do {
            for part in try files.contentsOfDirectory(atPath: copied) {
                try files.moveItem(atPath: "\(copied)/\(part)", toPath: "\(home)/\(part)")
            }
            try files.removeItem(atPath: copied)
        } catch {
            throw SystemError("The restore into \(home) cannot be finished, parts of it are in \(copied): \(error)")
        }
        sync()
    }

    private static func extras(of backup: String, missingIn home: String, _ files: FileManager) -> [String] {
        self.extras.flatMap { names -> [String] in
            guard !names.contains(where: { files.fileExists(atPath: "\(home)/\($0)") }) else { return [] }
            return names.filter { files.fileExists(atPath: "\(backup)/\($0)") }
        }
    }
}
