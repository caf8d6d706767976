internal import Glibc
internal import NIOCore
internal import Synchronization

/// Reads a file in pieces; calls come one after the other, from whatever thread.
final class LaneReader: Sendable {
    struct ReadError: Error {
        var errorNumber: Int32
    }

    private enum State {
        case new
        case open(descriptor: Int32)
        case ended
    }

    private let path: String
    private let state = Mutex(State.new)

    init(path: String) {
        self.path = path
    }

    /// The next piece; `nil` at the end, when the file is closed.
    func read(_ octets: Int) throws -> ByteBuffer? {
        try self.state.withLock { state in
            if case .new = state {
                let descriptor = unsafe open(self.path, O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else { throw ReadError(errorNumber: errno) }
                state = .open(descriptor: descriptor)
            }
            guard case .open(let descriptor) = state else { return nil }
            var piece = ByteBuffer()
            var errorNumber: Int32 = 0
            unsafe piece.writeWithUnsafeMutableBytes(minimumWritableBytes: octets) { bytes -> Int in
                var count: Int
                repeat {
                    count = unsafe Glibc.read(descriptor, bytes.baseAddress, octets)
                } while count < 0 && errno == EINTR
                if count < 0 { errorNumber = errno }
                return max(0, count)
            }
            guard errorNumber == 0, piece.readableBytes > 0 else {
                close(descriptor)
                state = .ended
                if errorNumber != 0 { throw ReadError(errorNumber: errorNumber) }
                return nil
            }
            return piece
        }
    }

    /// Closes the file early.
    func cancel() {
        self.state.withLock { state in
            if case .open(let descriptor) = state { close(descriptor) }
            state = .ended
        }
    }
}
