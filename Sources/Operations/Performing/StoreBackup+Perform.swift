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
        let missing = try await onThread {
            do {
                return try self.copy(system)
            } catch {
                FileSystem.removeAll(folder)
                throw OperationError("No backup was made, and what there was of it is removed. \(error)")
            }
        }
        let lost =
            missing == 0
            ? ""
            : """
            , but for \(missing) large bodies that are missing or cannot be read (martlet store check, \
            martlet queue list)
            """
        return Done(
            """
            Accounts, mail, queue, trace and the self-signed certificate are in \(folder)\(lost). The configuration \
            and the files it names are not. To put it back: martlet store restore \(folder)
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

    /// - Returns: how many bodies are missing.
    private func copy(_ system: AdministeredSystem) throws -> Int {
        try system.directory.backup(to: "\(self.folder)/directory")
        var missing = try system.queue.backup(to: "\(self.folder)/queue")
        missing += try system.store.backup(to: "\(self.folder)/mail")
        try self.copyCertificate(of: system)
        try self.copyTrace(of: system)
        try BackupMark.write(to: self.folder, parts: ["directory", "queue", "mail"], madeAt: system.clock.now)
        return missing
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
    private func copyTrace(of system: AdministeredSystem) throws {
        system.journal.flush()
        let names = TraceFiles.names(in: system.traceFolder)
        guard !names.isEmpty else { return }
        try FileSystem.makeFolder("\(self.folder)/trace")
        for name in names {
            let (source, copy) = ("\(system.traceFolder)/\(name)", "\(self.folder)/trace/\(name)")
            // One that was let go meanwhile is old enough to be missed by nobody.
            guard FileSystem.exists(source) else { continue }
            if name == names.last {
                try FileSystem.copy(source, to: copy)
            } else {
                try FileSystem.linkOrCopy(source, to: copy)
            }
        }
    }
}

/// The files of the certificate that a server makes for itself at its first start, in its data folder.
package enum SelfMadeCertificate {
    package static let certificate = "cert.pem"
    package static let key = "key.pem"
    static let names = [Self.certificate, Self.key]
}
