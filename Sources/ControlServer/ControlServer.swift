package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization
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
    private let underWay: OperationsUnderWay

    private init(channel: any Channel, _ socket: ControlSocket, _ underWay: OperationsUnderWay) {
        self.channel = channel
        self.socket = socket
        self.underWay = underWay
    }

    /// Starts answering on a socket, and closes it at the end.
    package static func start(
        on socket: ControlSocket,
        operations: ControlOperations,
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> ControlServer {
        let underWay = OperationsUnderWay()
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        ControlRequestHandler(operations: operations, underWay: underWay, logger: logger)
                    )
                }
            }
            .withBoundSocket(socket.descriptor)
            .get()
        return ControlServer(channel: channel, socket, underWay)
    }

    /// Stops taking requests; those begun are waited for, that whoever asked learns what became of it.
    ///
    /// - Parameter grace: how long at most.
    package func stop(within grace: Duration = .zero) async {
        self.socket.remove()
        // Closing a channel that is closed already is no failure.
        _ = try? await self.channel.close().get()
        let end = ContinuousClock.now + grace
        while self.underWay.count > 0, ContinuousClock.now < end {
            // Only a task that is cancelled is woken early, and then nothing is worth waiting for.
            guard (try? await Task.sleep(for: .milliseconds(5))) != nil else { return }
        }
    }
}

/// How many requests have been taken and are not answered yet.
final class OperationsUnderWay: Sendable {
    private let number = Atomic(0)

    var count: Int { self.number.load(ordering: .sequentiallyConsistent) }

    func begin() { self.number.add(1, ordering: .sequentiallyConsistent) }

    func end() { self.number.subtract(1, ordering: .sequentiallyConsistent) }
}
