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

    private init(channel: any Channel) {
        self.channel = channel
    }

    /// Starts answering on a socket at `path`, in place of any left over from before.
    package static func start(
        at path: String,
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
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
            .get()
        restrictToOwner(path)
        return ControlServer(channel: channel)
    }

    /// Stops taking requests; those begun go on.
    package func stop() async {
        // Closing a channel that is closed already is no failure.
        _ = try? await self.channel.close().get()
    }
}
