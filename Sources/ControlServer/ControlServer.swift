package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Telemetry

/// Answers the commands of an administrator on this machine: HTTP and JSON over a unix socket.
///
/// Whoever may open the socket may do everything, so the file is readable by its owner only. Each request names an
/// operation (`POST /v1/queue/list`), carries its input as JSON and gets its output as JSON; a failure is a JSON object
/// with an `error` that says what to do. One request a connection.
package final class ControlServer: Sendable {
    /// Octets of input one request may carry.
    static let inputOctetsMax = 4 << 20

    private let channel: any Channel
    private let socket: ControlSocket

    private init(channel: any Channel, _ socket: ControlSocket) {
        self.channel = channel
        self.socket = socket
    }

    /// Starts answering on a socket, and closes it at the end.
    package static func start(
        on socket: ControlSocket,
        operations: ControlOperations,
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> ControlServer {
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        ControlRequestHandler(operations: operations, logger: logger)
                    )
                }
            }
            .withBoundSocket(socket.descriptor)
            .get()
        return ControlServer(channel: channel, socket)
    }

    /// Stops taking requests; those begun go on.
    package func stop() async {
        self.socket.remove()
        // Closing a channel that is closed already is no failure.
        _ = try? await self.channel.close().get()
    }
}
