internal import Synchronization

/// A message's bytes in a file that is complete: in the spool until ``discard()``, or a stored body, which stays.
package final class SpoolFile: Sendable {
    package let path: String
    package let octets: Int
    private let isTemporary: Bool
    /// By which the file was written. `nil` when it is on the disk already, or will not stay a file.
    let writing: KeptDescriptor?
    private let syncs = SyncMemory()

    package convenience init(path: String, octets: Int, isTemporary: Bool = true) {
        self.init(path: path, octets: octets, isTemporary: isTemporary, writing: nil)
    }

    init(path: String, octets: Int, isTemporary: Bool = true, writing: KeptDescriptor?) {
        self.path = path
        self.octets = octets
        self.isTemporary = isTemporary
        self.writing = writing
    }

    /// Waits until the file's bytes are on the disk. Once this has failed it always does, for whoever asks.
    func sync() throws(StorageError) {
        if let writing = self.writing {
            return try self.syncs.run { () throws(StorageError) in try writing.descriptor.syncData() }
        }
        let file = try Descriptor.open(self.path, .reading)
        defer { file.close() }
        try self.syncs.run { () throws(StorageError) in try file.syncData() }
    }

    /// To be asked by who makes a copy: what could not be written may be something else when it is read.
    func requireNoFailure() throws(StorageError) {
        try self.syncs.requireNoFailure()
    }

    /// Removes the spool's name. Bodies made from it stay, and a stored body's own name too.
    package func discard() {
        if self.isTemporary { FileSystem.remove(self.path) }
    }
}

/// A descriptor that stays open for as long as somebody has this.
///
/// The disk writes parts of a file before its sync, and may fail to. The sync says so to whoever has had the file open
/// since; the system may have forgotten it for one that is opened later.
final class KeptDescriptor: Sendable {
    /// One APPEND may bring thousands of files, and connections leave few descriptors to the rest.
    static let countMax = 100
    private static let count = Atomic<Int>(0)

    let descriptor: Descriptor

    /// Takes over the descriptor; `nil`, and does not, when too many are kept.
    init?(_ descriptor: Descriptor) {
        guard Self.count.add(1, ordering: .relaxed).newValue <= Self.countMax else {
            Self.count.subtract(1, ordering: .relaxed)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit {
        self.descriptor.close()
        Self.count.subtract(1, ordering: .relaxed)
    }
}
