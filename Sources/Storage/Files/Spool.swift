internal import Dispatch
package import NIOCore
internal import Synchronization

/// The folder for large messages while they are received.
///
/// What lies there belongs to nobody after a restart and is removed when the spool is opened. It should be on the same
/// file system as the shards, so that a body is adopted by a second name and not copied.
package final class Spool: Sendable {
    package let folder: String
    private let lanes: [DispatchQueue]
    private let counter: Atomic<Int>

    private init(folder: String, lanes: Int) {
        self.folder = folder
        self.lanes = (0..<lanes).map { DispatchQueue(label: "spool \($0)") }
        self.counter = Atomic(0)
    }

    /// - Parameters:
    ///   - lanes: threads that write; a message stays on one.
    ///   - isInspection: nothing will be written, and nothing is removed.
    package static func open(folder: String, lanes: Int = 2, isInspection: Bool = false) throws(StorageError) -> Spool {
        guard !isInspection else { return Spool(folder: folder, lanes: 1) }
        try FileSystem.makeFolder(folder)
        for name in FileSystem.names(in: folder) { FileSystem.remove("\(folder)/\(name)") }
        return Spool(folder: folder, lanes: max(1, lanes))
    }

    /// A new file; it is created on the lane with the first bytes.
    package func begin() -> SpoolWriter {
        let number = self.counter.add(1, ordering: .relaxed).newValue
        return SpoolWriter(folder: self.folder, name: "\(number)", lane: self.lanes[number % self.lanes.count])
    }
}

/// Writes one message into the spool, in the order of the calls, on a lane.
package final class SpoolWriter: Sendable {
    private enum State {
        case new
        case open(Descriptor, octets: Int)
        case failed(StorageError)
        case ended
    }

    private let folder: String
    private let path: String
    private let lane: DispatchQueue
    private let state = Mutex(State.new)

    init(folder: String, name: String, lane: DispatchQueue) {
        self.folder = folder
        self.path = "\(folder)/\(name)"
        self.lane = lane
    }

    /// - Parameter completion: called on the lane when the bytes are written, or when this or an earlier write failed.
    package func append(_ bytes: ByteBuffer, completion: @escaping @Sendable (StorageError?) -> Void) {
        self.lane.async { completion(self.write(bytes)) }
    }

    /// Ends the file. After a failure the file is gone and the result is that failure.
    package func finish(completion: @escaping @Sendable (Result<SpoolFile, any Error>) -> Void) {
        self.lane.async { completion(self.end()) }
    }

    /// Removes what was written.
    package func cancel() {
        self.lane.async {
            self.state.withLock { state in
                if case .open(let file, _) = state { self.abandon(file) }
                state = .ended
            }
        }
    }

    private func write(_ bytes: ByteBuffer) -> StorageError? {
        self.state.withLock { state in
            do {
                switch state {
                case .failed(let error): return error
                case .ended: return StorageError(.misuse, "spool", "written after its end")
                case .new: state = .open(try self.create(), octets: 0)
                case .open: break
                }
                guard case .open(let file, let octets) = state else { return nil }
                do {
                    try unsafe bytes.withUnsafeReadableBytes { bytes in
                        try unsafe file.write(bytes)
                    }
                } catch {
                    self.abandon(file)
                    throw error
                }
                state = .open(file, octets: octets + bytes.readableBytes)
                return nil
            } catch {
                let error = error as? StorageError ?? StorageError(.io, "spool", "\(error)")
                state = .failed(error)
                return error
            }
        }
    }

    /// Makes the folder again if somebody has removed it.
    private func create() throws(StorageError) -> Descriptor {
        do {
            return try Descriptor.open(self.path, .creating)
        } catch  where error.code == .missing {
            try FileSystem.makeFolder(self.folder)
            return try Descriptor.open(self.path, .creating)
        }
    }

    private func end() -> Result<SpoolFile, any Error> {
        if case .some(let error) = self.write(ByteBuffer()) { return .failure(error) }
        return self.state.withLock { state in
            guard case .open(let file, let octets) = state else {
                return .failure(StorageError(.misuse, "spool", "ended twice"))
            }
            file.close()
            state = .ended
            return .success(SpoolFile(path: self.path, octets: octets))
        }
    }

    private func abandon(_ file: Descriptor) {
        file.close()
        FileSystem.remove(self.path)
    }
}
