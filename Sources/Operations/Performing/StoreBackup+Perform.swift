internal import Directory
internal import Glibc
internal import MailQueue
internal import MailStore

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
        }
        return Done("Everything is in \(folder). To put it back: martlet store restore \(folder)")
    }
}
