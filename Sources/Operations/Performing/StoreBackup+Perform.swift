internal import Directory
internal import Glibc
internal import MailQueue
internal import MailStore
internal import MailTypes
internal import Storage
internal import Trace

extension StoreBackup {
    /// The queue before the mailboxes: mail that moves from the one to the other meanwhile is then in both copies, and
    /// the mailboxes know it when it comes again.
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let folder = self.folder
        guard unsafe access(folder, F_OK) != 0 else {
            let isBrokenOff = FileSystem.exists("\(folder)/directory") && !BackupMark.exists(in: folder)
            let what = isBrokenOff ? "holds a backup that was broken off; remove it, or name" : "is there already. Name"
            throw OperationError("\(folder) \(what) a folder that does not exist yet")
        }
        guard unsafe mkdir(folder, 0o700) == 0 else {
            throw OperationError("cannot make the folder \(folder): \(Self.reason(errno))")
        }
        let left = try await onThread {
            do {
                return try self.copy(system)
            } catch {
                FileSystem.removeAll(folder)
                throw OperationError("No backup was made, and what there was of it is removed. \(error)")
            }
        }
        return Done(
            """
            Accounts, mail, queue, trace and the self-signed certificate are in \(folder)\(left.words). The \
            configuration and the files it names are not. To put it back: martlet store restore \(folder)
            """
        )
    }

    /// Whoever asks may be root, and wonder.
    private static func reason(_ number: Int32) -> String {
        let text = SystemFailure.text(number)
        guard number == EACCES else { return text }
        let name = unsafe getpwuid(geteuid())?.pointee.pw_name.map { unsafe String(cString: $0) }
        return "\(text). It is made by Martlet's user, \(name ?? String(geteuid())), who must be allowed to write there"
    }

    /// What could not be copied of what the backup could do without.
    private struct Gaps: Sendable {
        var bodies = 0
        var traces: [String] = []

        var words: String {
            var words = ""
            if self.bodies > 0 {
                words += ", but for \(self.bodies) large bodies that are missing or cannot be read "
                words += "(martlet store check, martlet queue list)"
            }
            if !self.traces.isEmpty {
                let names = self.traces.joined(separator: ", ")
                words += ", but for hours of the trace that cannot be read (\(names))"
            }
            return words
        }
    }

    private func copy(_ system: AdministeredSystem) throws -> Gaps {
        var gaps = Gaps()
        try system.directory.backup(to: "\(self.folder)/directory")
        gaps.bodies += try system.queue.backup(to: "\(self.folder)/queue")
        gaps.bodies += try system.store.backup(to: "\(self.folder)/mail")
        try self.copyCertificate(of: system)
        gaps.traces = try self.copyTrace(of: system)
        try BackupMark.write(to: self.folder, parts: ["directory", "queue", "mail"], madeAt: system.clock.now)
        return gaps
    }

    /// Clients may have been told to trust the certificate that the server made for itself.
    private func copyCertificate(of system: AdministeredSystem) throws {
        guard let home = system.certificateFolder else { return }
        for name in SelfMadeCertificate.names where FileSystem.exists("\(home)/\(name)") {
            try FileSystem.copy("\(home)/\(name)", to: "\(self.folder)/\(name)")
        }
    }

    /// Last, so that it tells of all that was copied. Its last file is written to, and is cut off somewhere, which
    /// whoever reads a trace expects.
    ///
    /// - Returns: the files that cannot be read: on a disk that fails, mail is worth having without them.
    private func copyTrace(of system: AdministeredSystem) throws -> [String] {
        system.journal.flush()
        let names = TraceFiles.names(in: system.traceFolder)
        guard !names.isEmpty else { return [] }
        var missing: [String] = []
        try FileSystem.makeFolder("\(self.folder)/trace")
        for name in names {
            let (source, copy) = ("\(system.traceFolder)/\(name)", "\(self.folder)/trace/\(name)")
            // One that was let go meanwhile is old enough to be missed by nobody.
            guard FileSystem.exists(source) else { continue }
            do {
                if name == names.last {
                    try FileSystem.copy(source, to: copy)
                } else {
                    try FileSystem.linkOrCopy(source, to: copy)
                }
            } catch {
                guard error.isOfWhatWasRead else { throw error }
                missing.append(name)
                FileSystem.remove(copy)
            }
        }
        return missing
    }
}

/// The files of the certificate that a server makes for itself at its first start, in its data folder.
package enum SelfMadeCertificate {
    package static let certificate = "cert.pem"
    package static let key = "key.pem"
    static let names = [Self.certificate, Self.key]
}
