internal import Glibc
internal import MailTypes
internal import Synchronization

/// The files of the trace: one an hour, appended to, the oldest removed. Used from one queue only.
final class JournalWriter: Sendable {
    private struct File {
        var descriptor: Int32 = -1
        var name = ""
    }

    private let folder: String
    private let days: Int
    private let file = Mutex(File())

    init(folder: String, days: Int) throws(TraceError) {
        self.folder = folder
        self.days = max(1, days)
        if unsafe mkdir(folder, 0o750) != 0, systemErrorNumber() != EEXIST {
            throw TraceError(operation: "create folder", path: folder, errorNumber: systemErrorNumber())
        }
    }

    /// - Returns: Whether all of `lines` was written.
    func append(_ lines: [UInt8], at now: Instant) -> Bool {
        self.file.withLock { file in
            let name = Self.fileName(at: now)
            if file.name != name {
                if file.descriptor >= 0 { close(file.descriptor) }
                let path = "\(self.folder)/\(name)"
                file.descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
                file.name = file.descriptor >= 0 ? name : ""
                self.removeExpired(at: now)
            }
            guard file.descriptor >= 0 else { return false }
            return Self.writeWhole(lines, to: file.descriptor)
        }
    }

    private static func writeWhole(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe write(descriptor, all.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 {
                if systemErrorNumber() == EINTR { continue }
                return false
            }
            written += count
        }
        return true
    }

    private static func fileName(at instant: Instant) -> String {
        let time = CivilTime(secondsSince1970: instant.secondsSince1970)
        return "trace-\(time.dayAndHour).jsonl"
    }

    private func removeExpired(at now: Instant) {
        let oldest = Self.fileName(at: now + .seconds(-86_400 * self.days))
        for name in TraceFiles.names(in: self.folder) where name < oldest {
            unsafe unlink("\(self.folder)/\(name)")
        }
    }
}

/// The trace files of a folder.
enum TraceFiles {
    /// Names of the hourly files, oldest first; empty when the folder cannot be read.
    static func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix("trace-"), name.hasSuffix(".jsonl") { names.append(name) }
        }
        return names.sorted()
    }
}

/// The error number the last failed system call of this thread left.
func systemErrorNumber() -> Int32 {
    errno
}

/// What the system says of an error number.
func describeErrorNumber(_ number: Int32) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}
