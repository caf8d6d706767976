internal import Listener
internal import Logging
internal import NIOCore
internal import SMTPWire
internal import Telemetry

/// How replies leave: gathered, and all that one read caused in one write.
extension SMTPSessionHandler {
    func write(_ reply: SMTPReply) {
        if self.outbound.capacity == 0 { self.outbound.reserveCapacity(512) }
        self.outbound.writeSMTPReply(reply)
        if self.service.log.tellsLines { self.noteSent(reply) }
    }

    func flush() {
        guard let context, self.outbound.readableBytes > 0 else { return }
        // What the channel tells meanwhile must not add to what is being given to it.
        self.isFlushing = true
        context.writeAndFlush(Self.wrapOutboundOut(self.outbound), promise: nil)
        self.isFlushing = false
        self.outbound.clear()
    }

    func closeAfterFlush() {
        guard !self.isClosing, let context else { return }
        self.isClosing = true
        self.timer?.start(Self.closingTime)
        guard self.outbound.readableBytes > 0 else {
            context.close(promise: nil)
            return
        }
        let written = self.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(Self.wrapOutboundOut(self.outbound), promise: written)
        self.outbound.clear()
        let channel = context.channel
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
    }

    /// How long the last reply may take to leave.
    private static let closingTime = TimeAmount.seconds(10)
}
