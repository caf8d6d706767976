package import Listener
package import NIOCore

/// Hands a channel's bytes and events to its ``Session``, and stops reading while too much is waiting there.
///
/// The greeting is written as soon as the channel is active; with TLS from the first byte it waits in the TLS handler
/// until the handshake is done.
package final class SessionChannelHandler<Connection: Session>: ChannelDuplexHandler, ConnectionTimerTarget {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private let connection: Connection
    private let timers: ConnectionTimers
    /// Runs from the greeting to the end.
    private var timer: ConnectionTimer?

    package init(connection: Connection, timers: ConnectionTimers) {
        self.connection = connection
        self.timers = timers
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.begin() }
    }

    package func channelActive(context: ChannelHandlerContext) {
        self.begin()
        context.fireChannelActive()
    }

    private func begin() {
        guard self.timer == nil else { return }
        let timer = self.timers.makeTimer(for: self)
        self.timer = timer
        timer.start(
            self.connection.assumeIsolated { connection in
                connection.started()
                return connection.patience
            }
        )
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        let patience = self.connection.assumeIsolated { connection in
            connection.bytesArrived(bytes)
            return connection.patience
        }
        self.timer?.start(patience)
    }

    package func read(context: ChannelHandlerContext) {
        // A read that is held back here is made up for by the connection when its task has made room.
        if self.connection.assumeIsolated({ $0.wantsBytes }) { context.read() }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        let patience = self.connection.assumeIsolated { connection in
            connection.writabilityChanged()
            return connection.patience
        }
        self.timer?.start(patience)
        context.fireChannelWritabilityChanged()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.connection.assumeIsolated { $0.ended() }
        context.fireChannelInactive()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ServiceStopping { self.connection.assumeIsolated { $0.shutDown() } }
        context.fireUserInboundEventTriggered(event)
    }

    package func timeLimitReached() {
        if let rest = self.connection.assumeIsolated({ $0.timeLimitReached() }) { self.timer?.start(rest) }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The peer broke the connection or TLS; there is nobody left to answer.
        context.close(promise: nil)
    }
}
