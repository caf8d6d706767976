internal import Glibc
internal import MailTypes
internal import Synchronization

/// The files of the trace: one an hour, appended to, the oldest removed. Used from one queue only.
final class JournalWriter: Sendable {
    private struct File {
        var descriptor: Int32 = -1
        var name = ""
        /// Octets of this file, and of all.
        var octets = 0
        var octetsOfAll = 0
    }

    /// Files removed at a time, of which there is one an hour.
    static let removedMax = 24
    /// What part of all octets one hour may take: who floods the trace for an hour does not wash out all days before.
    private static let partOfHour = 4

    /// Octets left free, at most: mail needs them to be removed when the disk is full (lesson 28), and each message
    /// that is refused for it is written of here.
    private static let reserveMax = 8 << 20

    private let folder: String
    private let days: Int
    private let octetsMax: Int
    private let file = Mutex(File())

    init(folder: String, days: Int, octetsMax: Int) throws(TraceError) {
        self.folder = folder
        self.days = max(1, days)
        self.octetsMax = octetsMax
        if unsafe mkdir(folder, 0o750) != 0, systemErrorNumber() != EEXIST {
            throw TraceError(operation: "create folder", path: folder, errorNumber: systemErrorNumber())
        }
    }

    /// - Returns: why not all of `lines` was written; `nil` when it was.
    func append(_ lines: Span<UInt8>, at now: Instant) -> TraceError? {
        self.file.withLock { file in
            do throws(TraceError) {
                let name = Self.fileName(at: now)
                if file.name != name || Self.isRemoved(file.descriptor) { try self.open(name, &file, at: now) }
                if file.octets + lines.count > self.octetsMax / Self.partOfHour { return self.tooMuch(file) }
                if Self.isNearlyFull(file.descriptor, for: lines.count) { return self.nearlyFull(file) }
                file.octets += lines.count
                file.octetsOfAll += lines.count
                if file.octetsOfAll > self.octetsMax { self.removeOldest(&file) }
                try self.write(lines, to: file)
                return nil
            } catch {
                // What is there of a line is ended when the file is opened again.
                Self.close(&file)
                return error
            }
        }
    }

    private func open(_ name: String, _ file: inout File, at now: Instant) throws(TraceError) {
        Self.close(&file)
        let path = "\(self.folder)/\(name)"
        var descriptor = Self.open(path)
        if descriptor < 0, systemErrorNumber() == ENOENT {
            // Somebody has removed the folder.
            unsafe mkdir(self.folder, 0o750)
            descriptor = Self.open(path)
        }
        guard descriptor >= 0 else {
            throw TraceError(operation: "open", path: path, errorNumber: systemErrorNumber())
        }
        file = File(descriptor: descriptor, name: name)
        if Self.endsWithinLine(descriptor) { try self.write([UInt8(ascii: "\n")].span, to: file) }
        self.removeExpired(at: now)
        file.octets = Self.octets(of: path)
        file.octetsOfAll = TraceFiles.names(in: self.folder).reduce(0) { sum, name in
            sum + Self.octets(of: "\(self.folder)/\(name)")
        }
    }

    private func tooMuch(_ file: File) -> TraceError {
        TraceError(
            operation: "write more in an hour than a quarter of trace.size_max to",
            path: "\(self.folder)/\(file.name)",
            errorNumber: EDQUOT
        )
    }

    private func nearlyFull(_ file: File) -> TraceError {
        TraceError(
            operation: "leave room to remove mail, and write",
            path: "\(self.folder)/\(file.name)",
            errorNumber: ENOSPC
        )
    }

    private static func isNearlyFull(_ descriptor: Int32, for octets: Int) -> Bool {
        var space = statvfs()
        guard unsafe fstatvfs(descriptor, &space) == 0 else { return false }
        let unit = Int(space.f_frsize)
        let reserve = min(Self.reserveMax, Int(space.f_blocks) * unit / 16)
        return Int(space.f_bavail) * unit < reserve + octets
    }

    private static func octets(of path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Removes files, the oldest first, until the others are few enough.
    private func removeOldest(_ file: inout File) {
        for name in TraceFiles.names(in: self.folder) where name < file.name {
            if file.octetsOfAll <= self.octetsMax { break }
            let path = "\(self.folder)/\(name)"
            file.octetsOfAll -= Self.octets(of: path)
            unsafe unlink(path)
        }
    }

    private static func open(_ path: String) -> Int32 {
        unsafe Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    }

    private static func close(_ file: inout File) {
        if file.descriptor >= 0 { Glibc.close(file.descriptor) }
        file = File()
    }

    /// Nobody would find what is written into a file without a name.
    private static func isRemoved(_ descriptor: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) != 0 || status.st_nlink == 0
    }

    /// A kill or a full disk has cut the last line.
    private static func endsWithinLine(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_size > 0 else { return false }
        var last: UInt8 = 0
        return unsafe pread(descriptor, &last, 1, status.st_size - 1) == 1 && last != UInt8(ascii: "\n")
    }

    private func write(_ bytes: Span<UInt8>, to file: File) throws(TraceError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.write(file.descriptor, all.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 {
                if systemErrorNumber() == EINTR { continue }
                throw TraceError(
                    operation: "write",
                    path: "\(self.folder)/\(file.name)",
                    errorNumber: systemErrorNumber()
                )
            }
            written += count
        }
    }

    private static func fileName(at instant: Instant) -> String {
        let time = CivilTime(secondsSince1970: instant.secondsSince1970)
        return "trace-\(time.dayAndHour).jsonl"
    }

    /// Removes some of the files that are too old. A clock that is set forward by mistake costs no more than these.
    private func removeExpired(at now: Instant) {
        let oldest = Self.fileName(at: now + .seconds(-86_400 * self.days))
        for name in TraceFiles.names(in: self.folder).prefix(Self.removedMax) where name < oldest {
            unsafe unlink("\(self.folder)/\(name)")
        }
    }
}

/// The trace files of a folder.
package enum TraceFiles {
    /// Names of the hourly files, oldest first; empty when the folder cannot be read. The last one may be written to.
    package static func names(in folder: String) -> [String] {
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
