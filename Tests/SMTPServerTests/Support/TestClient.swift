import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A client that knows nothing of SMTP: it sends text and reads lines.
final class TestClient: Sendable {
    enum Failure: Error {
        case timedOut
        case closed
    }

    private let channel: any Channel
    private let inbox: Inbox

    /// How long a line may take; a server that works needs milliseconds.
    private static let patience = TimeAmount.seconds(20)

    private init(channel: any Channel, inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    static func connect(
        _ address: SocketAddress,
        on group: any EventLoopGroup,
        tls: NIOSSLContext? = nil
    ) async throws -> TestClient {
        let inbox = Inbox()
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox))
                }
            }
            .connect(to: address).get()
        return TestClient(channel: channel, inbox: inbox)
    }

    /// Puts TLS in front, as after STARTTLS.
    func startTLS(_ context: NIOSSLContext) async throws {
        try await self.channel.eventLoop.submit { [channel] in
            let handler = try NIOSSLClientHandler(context: context, serverHostname: nil)
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        }.get()
    }

    func send(_ text: String) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    /// Sends without waiting until it has left.
    func sendLater(_ bytes: ByteBuffer) {
        self.channel.writeAndFlush(bytes, promise: nil)
    }

    /// The next line without its line end.
    func line() async throws -> String {
        while true {
            if let line = self.inbox.takeLine() { return line }
            try await self.inbox.wait(on: self.channel.eventLoop, for: Self.patience)
        }
    }

    /// All lines of the next reply.
    func reply() async throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try await self.line()
            lines.append(line)
            if line.dropFirst(3).first != "-" { return lines }
        }
    }

    /// Sends a line and gives the reply's last line.
    func command(_ text: String) async throws -> String {
        try await self.send(text + "\r\n")
        return try await self.reply().last ?? ""
    }

    /// Waits until the server closes; what it still says is thrown away.
    func waitForClose() async throws {
        do {
            while true { _ = try await self.line() }
        } catch Failure.closed {}
    }

    func close() async {
        // Closed already is what is wanted.
        try? await self.channel.close().get()
    }
}

/// What a client has received.
private final class Inbox: Sendable {
    private struct State {
        var bytes = ByteBuffer()
        var isClosed = false
        var waiter: EventLoopPromise<Void>?
    }

    private let state = Mutex(State())

    func append(_ bytes: ByteBuffer) {
        self.change { $0.bytes.writeImmutableBuffer(bytes) }
    }

    func close() {
        self.change { $0.isClosed = true }
    }

    func takeLine() -> String? {
        self.state.withLock { state in
            guard let end = state.bytes.readableBytesView.firstIndex(of: 0x0A) else { return nil }
            let length = end - state.bytes.readerIndex
            var line = state.bytes.readString(length: length) ?? ""
            state.bytes.moveReaderIndex(forwardBy: 1)
            if line.unicodeScalars.last == "\r" { line.unicodeScalars.removeLast() }
            return line
        }
    }

    func wait(on eventLoop: any EventLoop, for patience: TimeAmount) async throws {
        let promise = try self.state.withLock { state -> EventLoopPromise<Void>? in
            if state.bytes.readableBytesView.contains(0x0A) { return nil }
            if state.isClosed { throw TestClient.Failure.closed }
            let promise = eventLoop.makePromise(of: Void.self)
            state.waiter = promise
            return promise
        }
        guard let promise else { return }
        let limit = eventLoop.scheduleTask(in: patience) { promise.fail(TestClient.Failure.timedOut) }
        defer { limit.cancel() }
        try await promise.futureResult.get()
    }

    private func change(_ body: (inout State) -> Void) {
        let waiter = self.state.withLock { state -> EventLoopPromise<Void>? in
            body(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.succeed()
    }
}

private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: Inbox

    init(_ inbox: Inbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.inbox.append(Self.unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.inbox.close()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
