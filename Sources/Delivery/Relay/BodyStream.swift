internal import Dispatch
internal import NIOCore
internal import SMTPWire

/// Sends a large message from its file, a piece at a time: the next one is read when the last is on its way, so that
/// a slow host costs no memory. Files are read on a lane, never on the event loop.
///
/// Lives on the loop; only the reading happens elsewhere.
final class BodyStream {
    private static let pieceOctets = 256 * 1_024
    private static let lanes = (0..<4).map { DispatchQueue(label: "relay bodies \($0)") }

    private let file: LaneReader
    private let channel: any Channel
    private let loop: any EventLoop
    private let queue: DispatchQueue
    private var stuffer = DotStuffer()
    private var progressed: (() -> Void)?
    private var ended: ((Bool) -> Void)?

    init(path: String, channel: any Channel, loop: any EventLoop) {
        self.file = LaneReader(path: path)
        self.channel = channel
        self.loop = loop
        self.queue = Self.lanes[Int(UInt(bitPattern: path.hashValue) % UInt(Self.lanes.count))]
    }

    /// - Parameters:
    ///   - progressed: called whenever the host has taken a piece.
    ///   - ended: called once, with whether the whole text and its end were written.
    func start(progressed: @escaping () -> Void, ended: @escaping (Bool) -> Void) {
        self.progressed = progressed
        self.ended = ended
        self.readNext()
    }

    /// Nobody is told any more.
    func cancel() {
        self.progressed = nil
        self.ended = nil
        let file = self.file
        self.queue.async { file.cancel() }
    }

    private func readNext() {
        let file = self.file
        let promise = self.loop.makePromise(of: ByteBuffer?.self)
        self.queue.async { promise.completeWith(Result { try file.read(Self.pieceOctets) }) }
        promise.futureResult.assumeIsolated().whenComplete { self.pieceRead($0) }
    }

    private func pieceRead(_ result: Result<ByteBuffer?, any Error>) {
        guard let ended = self.ended else { return }
        switch result {
        case .failure:
            self.cancel()
            ended(false)
        case .success(let piece):
            var output = ByteBuffer()
            guard let piece else {
                self.stuffer.finish(into: &output)
                self.channel.writeAndFlush(output, promise: nil)
                self.cancel()
                ended(true)
                return
            }
            output.reserveCapacity(piece.readableBytes + piece.readableBytes / 64 + 64)
            self.stuffer.write(piece, into: &output)
            self.channel.writeAndFlush(output).assumeIsolated().whenComplete { self.pieceWritten($0) }
        }
    }

    private func pieceWritten(_ result: Result<Void, any Error>) {
        guard let ended = self.ended else { return }
        switch result {
        case .failure:
            self.cancel()
            ended(false)
        case .success:
            self.progressed?()
            self.readNext()
        }
    }
}
