internal import Glibc
package import MailTypes
package import SieveLanguage
internal import Synchronization

/// The site's lists of addresses and other strings, which scripts ask by their names: each is a file with a string a
/// line. RFC 6134.
///
/// A file is read when the configuration is, and again when it has changed, which is looked for once a second at most.
/// What cannot be read any more, or breaks a bound, leaves the list as it was.
package final class ExternalLists: Sendable {
    /// Octets of one file: the memory that a mistaken path may cost.
    static let fileOctetsMax = 1 << 20
    /// Strings of one list.
    static let membersMax = 20_000
    private static let interval = Duration.seconds(1)

    /// What tells one state of a file from another.
    private struct Signature: Hashable {
        var device: UInt
        var inode: UInt
        var octets: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private struct Entry {
        var path: String
        var signature: Signature?
        var list: SieveList
        var lookedAt: Instant
    }

    private let entries: Mutex<[String: Entry]>
    private let clock: any WallClock

    /// No lists.
    package init() {
        self.entries = Mutex([:])
        self.clock = SystemClock()
    }

    /// - Parameter files: by the names of the lists.
    /// - Throws: ``ExternalListsError`` with every file that cannot be used.
    package init(files: [String: String], clock: any WallClock = SystemClock()) throws(ExternalListsError) {
        self.clock = clock
        var entries: [String: Entry] = [:]
        var problems: [String] = []
        for (name, path) in files.sorted(by: { $0.key < $1.key }) {
            let signature = Self.signature(of: path)
            guard let list = Self.read(path) else {
                problems.append("\(path): the list cannot be read, is not UTF-8, or is too large")
                continue
            }
            entries[name] = Entry(path: path, signature: signature, list: list, lookedAt: clock.now)
        }
        self.entries = Mutex(entries)
        guard problems.isEmpty else { throw ExternalListsError(problems: problems) }
    }

    package var isEmpty: Bool { self.entries.withLock { $0.isEmpty } }

    /// The list as its file is now; `nil` when there is none of that name.
    package func list(_ name: String) -> SieveList? {
        let now = self.clock.now
        let (path, known, current) = self.entries.withLock { entries -> (String?, Signature?, SieveList?) in
            guard let entry = entries[name] else { return (nil, nil, nil) }
            let isDue = now - entry.lookedAt >= Self.interval || now < entry.lookedAt
            if isDue { entries[name]?.lookedAt = now }
            return (isDue ? entry.path : nil, entry.signature, entry.list)
        }
        guard let path, let signature = Self.signature(of: path), signature != known else { return current }
        guard let list = Self.read(path) else { return current }
        self.entries.withLock { entries in
            entries[name]?.signature = signature
            entries[name]?.list = list
        }
        return list
    }

    private static func signature(of path: String) -> Signature? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Signature(
            device: UInt(status.st_dev),
            inode: UInt(status.st_ino),
            octets: Int(status.st_size),
            seconds: Int(status.st_mtim.tv_sec),
            nanoseconds: Int(status.st_mtim.tv_nsec)
        )
    }

    /// A string a line, without the blanks around it; empty lines and those that begin with `#` are none.
    private static func read(_ path: String) -> SieveList? {
        guard let octets = Self.octets(of: path), let text = String(validating: octets, as: UTF8.self) else {
            return nil
        }
        var members: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let member = line.trimmingBlanks()
            guard !member.isEmpty, !member.hasPrefix("#") else { continue }
            guard members.count < Self.membersMax else { return nil }
            members.append(String(member))
        }
        return SieveList(members)
    }

    private static func octets(of path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var octets: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while octets.count <= Self.fileOctetsMax {
            let got = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if got < 0 { return nil }
            if got == 0 { return octets }
            octets += chunk.prefix(got)
        }
        return nil
    }
}

/// Lists that a configuration names and that cannot be used.
package struct ExternalListsError: Error, Hashable, Sendable {
    package var problems: [String]
}
