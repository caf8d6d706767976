internal import Dispatch
internal import MailBytes
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
///
/// What is given to the system begins and ends at ``unit``s of the file, so that it need not look at a page twice and
/// can take many at once. Of a message that will stay a file the disk has most when its last octet comes.
package final class SpoolWriter: Sendable {
    /// A file and what of its message is not yet in it.
    fileprivate struct File {
        let descriptor: Descriptor
        /// Octets given to the system: whole units.
        var written = 0
        /// Octets that the disk was told to begin with.
        var begun = 0
        /// Less than a unit, to be written with what comes next.
        var rest = ByteBuffer()
    }

    private enum State {
        case new
        case open(File)
        case failed(StorageError)
        case ended
    }

    /// Octets.
    fileprivate static let unit = 64 * 1_024
    /// Octets of small pieces that are written together: whole units.
    private static let gatheredMax = 4 * SpoolWriter.unit

    private let folder: String
    private let path: String
    private let lane: DispatchQueue
    private let state = Mutex(State.new)

    init(folder: String, name: String, lane: DispatchQueue) {
        self.folder = folder
        self.path = "\(folder)/\(name)"
        self.lane = lane
    }

    /// - Parameter completion: called on the lane when the bytes are taken, or when this or an earlier write failed.
    package func append(_ bytes: ByteBuffer, completion: @escaping @Sendable (StorageError?) -> Void) {
        self.lane.async { completion(self.write(bytes)) }
    }

    /// Has `source` hand over the bytes piece by piece, on the lane, so that what lies elsewhere does not wait in
    /// memory for the disk. What it throws is the file's failure, which ``finish(completion:)`` tells.
    package func append(from source: @escaping @Sendable (_ emit: (Span<UInt8>) -> Void) throws -> Void) {
        self.lane.async {
            var gathered = ByteBuffer()
            do {
                try source { piece in
                    var start = 0
                    while start < piece.count {
                        let end = min(piece.count, start + Self.gatheredMax - gathered.readableBytes)
                        gathered.writeSpan(piece, start..<end)
                        start = end
                        guard gathered.readableBytes == Self.gatheredMax else { continue }
                        _ = self.write(gathered)
                        gathered = ByteBuffer()
                    }
                }
                _ = self.write(gathered)
            } catch {
                self.fail(error)
            }
        }
    }

    /// Ends the file. After a failure the file is gone and the result is that failure.
    package func finish(completion: @escaping @Sendable (Result<SpoolFile, any Error>) -> Void) {
        self.lane.async { completion(self.end()) }
    }

    /// Removes what was written.
    package func cancel() {
        self.lane.async {
            self.state.withLock { state in
                if case .open(let file) = state { self.abandon(file.descriptor) }
                state = .ended
            }
        }
    }

    private func write(_ bytes: ByteBuffer, isLast: Bool = false) -> StorageError? {
        self.state.withLock { state -> StorageError? in
            do {
                switch state {
                case .failed(let error): return error
                case .ended: return StorageError(.misuse, "spool", "written after its end")
                case .new: state = .open(File(descriptor: try self.create()))
                case .open: break
                }
                guard case .open(var file) = state else { return nil }
                state = .ended
                do {
                    try file.take(bytes, isLast: isLast)
                } catch {
                    self.abandon(file.descriptor)
                    throw error
                }
                state = .open(file)
                return nil
            } catch {
                let error = error as? StorageError ?? StorageError(.io, "spool", "\(error)")
                state = .failed(error)
                return error
            }
        }
    }

    private func fail(_ error: any Error) {
        self.state.withLock { state in
            switch state {
            case .open(let file): self.abandon(file.descriptor)
            case .new: break
            case .failed, .ended: return
            }
            state = .failed(error as? StorageError ?? StorageError(.io, "spool", "\(error)"))
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
        if case .some(let error) = self.write(ByteBuffer(), isLast: true) { return .failure(error) }
        return self.state.withLock { state in
            guard case .open(let file) = state else {
                return .failure(StorageError(.misuse, "spool", "ended twice"))
            }
            state = .ended
            do {
                return .success(SpoolFile(path: self.path, octets: file.written, writing: try Self.keep(file)))
            } catch {
                self.abandon(file.descriptor)
                return .failure(error)
            }
        }
    }

    /// Keeps the descriptor of a file that will be synced, or syncs it now; closes those that are not kept.
    private static func keep(_ file: File) throws(StorageError) -> KeptDescriptor? {
        if file.written > MessageContentLimits.inlineMax {
            if let kept = KeptDescriptor(file.descriptor) { return kept }
            try file.descriptor.syncData()
        }
        file.descriptor.close()
        return nil
    }

    private func abandon(_ file: Descriptor) {
        file.close()
        FileSystem.remove(self.path)
    }
}

extension SpoolWriter.File {
    /// Writes the whole units that are there with these bytes; of the last bytes, all.
    mutating func take(_ bytes: ByteBuffer, isLast: Bool) throws(StorageError) {
        let octets = self.rest.readableBytes + bytes.readableBytes
        let writable = isLast ? octets : octets - octets % SpoolWriter.unit
        guard writable > 0 else {
            self.rest.writeImmutableBuffer(bytes)
            return
        }
        var bytes = bytes
        let head = bytes.readSlice(length: writable - self.rest.readableBytes) ?? ByteBuffer()
        try unsafe self.rest.withUnsafeReadableBytes { rest throws(StorageError) in
            try unsafe head.withUnsafeReadableBytes { head throws(StorageError) in
                try unsafe self.descriptor.write(rest, then: head)
            }
        }
        self.written += writable
        self.rest = bytes
        guard self.written > MessageContentLimits.inlineMax else { return }
        self.descriptor.beginWritingOut(from: self.begun, to: self.written)
        self.begun = self.written
    }
}
