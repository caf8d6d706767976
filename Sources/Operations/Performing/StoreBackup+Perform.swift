internal import Directory
internal import Glibc
internal import MailQueue
internal import MailStore
internal import MailTypes
internal import Storage

extension StoreBackup {
    /// The queue before the mailboxes: mail that moves from the one to the other meanwhile is then in both copies, and
    /// the mailboxes know it when it comes again.
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let folder = self.folder
        guard unsafe access(folder, F_OK) != 0 else {
            throw OperationError("\(folder) is there already. Name a folder that does not exist yet")
        }
        guard unsafe mkdir(folder, 0o700) == 0 else {
            throw OperationError("cannot make the folder \(folder)")
        }
        try await onThread {
            try system.directory.backup(to: "\(folder)/directory")
            try system.queue.backup(to: "\(folder)/queue")
            try system.store.backup(to: "\(folder)/mail")
            try BackupMark.write(to: folder, madeAt: system.clock.now)
        }
        return Done("Everything is in \(folder). To put it back: martlet store restore \(folder)")
    }
}

/// The file by which a whole backup is told from one that was broken off.
package enum BackupMark {
    private static let fileName = "backup.complete"

    static func write(to folder: String, madeAt: Instant) throws {
        try TextFile.replace("\(folder)/\(Self.fileName)", with: "made at \(describe(madeAt))\n")
    }

    package static func exists(in folder: String) -> Bool {
        FileSystem.exists("\(folder)/\(Self.fileName)")
    }
}
