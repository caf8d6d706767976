internal import MailTypes
internal import Storage

/// The file by which a whole backup is told from one that was broken off, or that has lost something since.
///
/// Lines of what is in the backup, `FILES OCTETS PATH`, and at its end when it was made. A folder in a part counts as
/// one path, so that it stays small however many bodies there are.
package enum BackupMark {
    private static let fileName = "backup.complete"
    private static let end = "made at "

    /// - Parameter parts: the folders that hold what must not be lost.
    static func write(to folder: String, parts: [String], madeAt: Instant) throws {
        var lines: [String] = []
        for part in parts {
            for name in FileSystem.names(in: "\(folder)/\(part)").sorted() {
                let size = try FileSystem.extent(of: "\(folder)/\(part)/\(name)")
                lines.append("\(size.files) \(size.octets) \(part)/\(name)")
            }
        }
        lines.append(self.end + describe(madeAt))
        try TextFile.replace("\(folder)/\(self.fileName)", with: lines.map { $0 + "\n" }.joined())
    }

    static func exists(in folder: String) -> Bool {
        FileSystem.exists("\(folder)/\(self.fileName)")
    }

    /// What the backup lacks of what was written; `nil` when it is whole.
    package static func fault(of folder: String) throws -> String? {
        let brokenOff = "it was broken off"
        guard let text = try TextFile.read("\(folder)/\(self.fileName)") else { return brokenOff }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.popLast() == "", let last = lines.popLast(), last.hasPrefix(self.end) else { return brokenOff }
        for line in lines {
            let fields = line.split(separator: " ", maxSplits: 2)
            guard fields.count == 3, let files = Int(fields[0]), let octets = Int(fields[1]) else { return brokenOff }
            let path = "\(folder)/\(fields[2])"
            guard FileSystem.exists(path) else { return "\(fields[2]) is missing" }
            let size = try FileSystem.extent(of: path)
            guard size == (files, octets) else {
                let (now, then) = (self.extentText(size), self.extentText((files, octets)))
                return "\(fields[2]) holds \(now), and \(then) were written"
            }
        }
        return nil
    }

    private static func extentText(_ size: (files: Int, octets: Int)) -> String {
        size.files == 1 ? "\(size.octets) octets" : "\(size.octets) octets in \(size.files) files"
    }
}
