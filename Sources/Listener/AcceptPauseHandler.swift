internal import Glibc
internal import NIOCore

/// Rests the accept loop when the process or the system is out of descriptors or memory, and lets it try again.
///
/// The socket is taken out of the event loop's interest for the rest: its backlog stays readable, and a loop that only
/// declined to read would be woken for it without end (lesson 10).
final class AcceptPauseHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let pause: TimeAmount
    private let failed: (IOError) -> Void
    private var isResting = false

    /// - Parameter failed: is told of each failure.
    init(pause: TimeAmount, failed: @escaping (IOError) -> Void) {
        self.pause = pause
        self.failed = failed
    }

    /// Consumes what accepting failed with; the channel stays open.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else {
            context.fireErrorCaught(error)
            return
        }
        // This client is gone; the next may be there.
        if error.errnoCode == ECONNABORTED { return }
        self.failed(error)
        guard !self.isResting, let options = context.channel.syncOptions else { return }
        self.isResting = true
        // Turning reading off and on cannot fail on an open socket, and a closed one needs neither.
        try? options.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: self.pause) {
            self.isResting = false
            try? options.setOption(.autoRead, value: true)
        }
    }
}
