internal import MailTypes

/// Finds the life of a message in the trace by its queue id, its Message-ID or an address.
///
/// Reads the hourly files as they lie on disk, newest first, without an index: scans at memory speed, one for the lines
/// that hold the words asked for, one for all lines of the messages so found, one for these and the connections they
/// came by.
package struct TraceSearch: Sendable {
    /// Messages one search follows at most; the newest win.
    package static let messagesMax = 100

    let folder: String

    package init(folder: String) {
        self.folder = folder
    }

    /// Every line about the messages (and the connections they came by) that `query` names, in the order they
    /// were written in.
    ///
    /// - Parameter query: a 13-digit id, a Message-ID with or without angle brackets, or an address.
    package func lines(about query: String) -> [String] {
        let isBracketed = query.hasPrefix("<") && query.hasSuffix(">") && query.utf8.count > 2
        let needle = Array((isBracketed ? String(query.dropFirst().dropLast()) : query).utf8)
        guard !needle.isEmpty else { return [] }
        let names = TraceFiles.names(in: self.folder)

        var wanted = Set<[UInt8]>()
        if let id = TimeSortedID(query) { wanted.insert(Array(id.description.utf8)) }
        for name in names.reversed() where wanted.count < Self.messagesMax {
            var newest = NewestIdentifiers(countMax: Self.messagesMax - wanted.count)
            TraceFile(path: "\(self.folder)/\(name)")?.forEachLine(containing: needle) { line in
                guard let id = TraceLines.identifier(in: line), !wanted.contains(id) else { return }
                newest.insert(id)
            }
            wanted.formUnion(newest.known)
        }
        guard !wanted.isEmpty else { return [] }
        let found = self.lines(of: wanted, in: names)
        let sessions = Set(found.compactMap(Self.session)).subtracting(wanted)
        // Read once more instead of put together: only the files tell the order within a millisecond.
        return sessions.isEmpty ? found : self.lines(of: wanted.union(sessions), in: names)
    }

    private func lines(of wanted: Set<[UInt8]>, in names: [String]) -> [String] {
        let keys = Set(wanted.map { TraceLines.Key($0) })
        var found: [String] = []
        for name in names {
            TraceFile(path: "\(self.folder)/\(name)")?.forEachLine(of: keys) { line in
                found.append(String(decoding: line, as: UTF8.self))
            }
        }
        return found
    }

    /// The connection a line names in its `session` field.
    private static func session(of line: String) -> [UInt8]? {
        let marker = #""session":""#
        guard let start = line.firstRange(of: marker)?.upperBound else { return nil }
        let id = Array(line.utf8[start...].prefix(TimeSortedID.textLength))
        return id.count == TimeSortedID.textLength ? id : nil
    }
}

/// The last so many of the ids that a file tells of. One that was let go and is told of again counts as new.
private struct NewestIdentifiers {
    let countMax: Int
    private(set) var known: Set<[UInt8]> = []
    private var order: [[UInt8]] = []

    init(countMax: Int) {
        self.countMax = countMax
    }

    mutating func insert(_ id: [UInt8]) {
        guard self.known.insert(id).inserted else { return }
        self.order.append(id)
        if self.order.count > self.countMax { self.known.remove(self.order.removeFirst()) }
    }
}
