internal import MailTypes
package import NIOCore
internal import Synchronization

/// Large bodies as files beside a shard's database, each under a name that is used once and never again.
///
/// The order that makes a crash harmless and a race impossible (lesson 21):
/// 1. a body is linked under a new name and synced, the folder too, before the row that names it commits. The link
///    comes first, as a journal of the file system then has it together with the file's size;
/// 2. a body is removed after the transaction that deleted its row is durable;
/// 3. because names are never reused, a removal can only ever meet the file it means;
/// 4. a file without a row is left over from a crash and is removed when the shard is opened the next time.
package final class BodyFiles: Sendable {
    package let folder: String
    private let names = TimeSortedIDSource()
    /// Identifiers below this are from an earlier run.
    private let openedAt: TimeSortedID
    private let held: Mutex<(holds: Int, removals: [String])>
    /// Names whose row may still come.
    private let underway = Mutex<Set<String>>([])
    /// Subfolders whose names this run has synced. One that is there may have been made a moment ago, or by a run that
    /// was killed before it came to that.
    private let lastingFolders = Mutex<Set<String>>([])

    init(folder: String) {
        self.folder = folder
        self.openedAt = self.names.next(at: SystemClock().now.millisecondsSince1970)
        self.held = Mutex((0, []))
    }

    /// Gives the file a name here and makes file and name last. Blocks on the disk: call it on a lane.
    ///
    /// - Returns: the name to put into the row.
    package func adopt(_ file: SpoolFile) throws -> String {
        do {
            return try self.place(file.path) { try file.sync() }
        } catch let error as StorageError where error.code == .crossDevice {
            // Of a part that could not be written early only a sync tells, and what is read then may be something else.
            try file.sync()
            return try self.placeNew { try FileSystem.copy(file.path, to: $0) }
        }
    }

    /// Writes bytes that are in memory as a body, and makes file and name last. Blocks on the disk.
    package func store(_ bytes: ByteBuffer) throws -> String {
        try self.placeNew { path in
            let descriptor = try Descriptor.open(path, .creating)
            defer { descriptor.close() }
            try unsafe bytes.withUnsafeReadableBytes { bytes in try unsafe descriptor.write(bytes) }
            try descriptor.syncData()
        }
    }

    package func path(of name: String) -> String { "\(self.folder)/\(Self.subfolder(of: name))/\(name)" }

    package func exists(_ name: String) -> Bool { FileSystem.exists(self.path(of: name)) }

    /// Whether all of it can be read; reads it.
    func isReadable(_ name: String) -> Bool {
        (try? self.withBytes(of: name) { ContentHash.of($0) }) != nil
    }

    package func open(_ name: String) throws(StorageError) -> FileReader { try FileReader(path: self.path(of: name)) }

    package func withBytes<R>(of name: String, _ body: (Span<UInt8>) throws -> R) throws -> R {
        try self.open(name).withBytes(body)
    }

    /// Removes a body whose row is gone, durably. While a backup runs, removals wait for its end.
    package func remove(_ name: String) {
        let isHeld = self.held.withLock { held in
            if held.holds > 0 { held.removals.append(name) }
            return held.holds > 0
        }
        guard !isHeld else { return }
        FileSystem.remove(self.path(of: name))
        self.settle(name)
    }

    /// Notes that the row of a new body is there to stay.
    package func settle(_ name: String) {
        _ = self.underway.withLock { $0.remove(name) }
    }

    /// Removes a body whose row was not written, for this reason.
    ///
    /// After a failed disk it is not known whether the row is there: then the file stays, and the next start decides.
    package func discard(_ name: String, after error: any Error) {
        if let error = error as? StorageError, error.code == .io { return }
        self.remove(name)
    }

    /// The names in the folder of those that are not being stored now and do not wait for their removal. Whose row is
    /// then not there has none.
    package func allSettled() -> [String] {
        let names = self.all()
        let held = Set(self.held.withLock { $0.removals })
        return self.underway.withLock { underway in names.filter { !underway.contains($0) && !held.contains($0) } }
    }

    /// Every name in the folder.
    package func all() -> [String] {
        FileSystem.names(in: self.folder).flatMap { FileSystem.names(in: "\(self.folder)/\($0)") }
    }

    /// Runs `body` while no file is removed.
    func holdingRemovals<R>(_ body: () throws -> R) rethrows -> R {
        self.held.withLock { $0.holds += 1 }
        defer {
            let removals = self.held.withLock { held in
                held.holds -= 1
                guard held.holds == 0 else { return [String]() }
                defer { held.removals = [] }
                return held.removals
            }
            for name in removals { FileSystem.remove(self.path(of: name)) }
        }
        return try body()
    }

    /// Removes files of earlier runs that `isUsed` does not know.
    ///
    /// Files of this run are left alone: their row may be about to commit.
    func sweep(isUsed: (String) throws -> Bool) rethrows -> Int {
        var removed = 0
        for folder in FileSystem.names(in: self.folder) {
            if folder.hasPrefix("new-") { FileSystem.remove("\(self.folder)/\(folder)") }
            for name in FileSystem.names(in: "\(self.folder)/\(folder)") {
                guard let identifier = TimeSortedID(name), identifier < self.openedAt else { continue }
                if try !isUsed(name), FileSystem.remove(self.path(of: name)) { removed += 1 }
            }
        }
        return removed
    }

    /// The two digits that turn with the milliseconds: 256 folders, evenly filled.
    private static func subfolder(of name: String) -> Substring { name.dropFirst(7).prefix(2) }

    /// - Parameter write: makes the file at the path it is given, and makes it last.
    private func placeNew(_ write: (String) throws -> Void) throws -> String {
        try FileSystem.makeFolder(self.folder)
        let temporary = "\(self.folder)/new-\(self.names.next(at: SystemClock().now.millisecondsSince1970))"
        defer { FileSystem.remove(temporary) }
        try write(temporary)
        return try self.place(temporary) {}
    }

    /// Links the file under a new name and makes both last.
    ///
    /// - Parameter sync: makes the file last.
    private func place(_ path: String, sync: () throws -> Void) throws -> String {
        while true {
            let name = self.names.next(at: SystemClock().now.millisecondsSince1970).description
            let folder = "\(self.folder)/\(Self.subfolder(of: name))"
            if !FileSystem.exists(folder) {
                _ = self.lastingFolders.withLock { $0.remove(folder) }
                try FileSystem.makeFolder(folder)
            }
            // Before anybody can see the file.
            _ = self.underway.withLock { $0.insert(name) }
            do {
                guard try FileSystem.link(path, to: self.path(of: name)) else {
                    self.settle(name)
                    continue
                }
                try sync()
                try FileSystem.syncFolder(folder)
                try self.makeLast(folder)
                return name
            } catch {
                FileSystem.remove(self.path(of: name))
                self.settle(name)
                throw error
            }
        }
    }

    private func makeLast(_ subfolder: String) throws {
        guard !self.lastingFolders.withLock({ $0.contains(subfolder) }) else { return }
        try FileSystem.syncFolder(self.folder)
        try FileSystem.syncFolder(FileSystem.parent(of: self.folder))
        self.lastingFolders.withLock { _ = $0.insert(subfolder) }
    }
}
