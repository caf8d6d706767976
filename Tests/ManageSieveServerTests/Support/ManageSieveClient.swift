import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A client that understands nothing but lines and literals, and can begin TLS in the middle of a conversation.
final class ManageSieveClient: Sendable {
    private let channel: any Channel
    private let input = Input()

    struct Ended: Error {}

    init(port: Int) async throws {
        let input = self.input
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(InputCollector(input))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    /// The next line without its CRLF.
    func line() async throws -> String {
        while true {
            if let line = self.input.takeLine() { return line }
            try await self.wait()
        }
    }

    /// Exactly so many octets.
    func octets(_ count: Int) async throws -> String {
        while true {
            if let octets = self.input.take(count) { return octets }
            try await self.wait()
        }
    }

    /// What a literal that is a line of its own holds.
    func literal() async throws -> String {
        let line = try await self.line()
        guard line.hasPrefix("{"), line.hasSuffix("}"), let count = Int(line.dropFirst().dropLast()) else {
            throw Ended()
        }
        let octets = try await self.octets(count)
        guard try await self.line().isEmpty else { throw Ended() }
        return octets
    }

    /// Lines up to one that begins with OK, NO or BYE, which is the last. Literals stand within their lines.
    @discardableResult
    func answer() async throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try await self.lineWithLiterals()
            lines.append(line)
            if ["OK", "NO", "BYE"].contains(where: { line == $0 || line.hasPrefix("\($0) ") }) { return lines }
        }
    }

    @discardableResult
    func command(_ text: String) async throws -> [String] {
        try await self.send(text + "\r\n")
        return try await self.answer()
    }

    /// A command whose last string is sent as a literal.
    @discardableResult
    func command(_ text: String, literal: String) async throws -> [String] {
        try await self.command("\(text) {\(literal.utf8.count)+}\r\n\(literal)")
    }

    func logIn(_ name: String = "alice") async throws {
        let message = Array("\0\(name)\0\(ManageSieveSite.password)".utf8)
        let answer = try await self.command("AUTHENTICATE \"PLAIN\" \"\(message.base64)\"")
        guard answer == ["OK \"Logged in\""] else { throw Ended() }
    }

    func beginTLS() async throws {
        let channel = self.channel
        try await channel.eventLoop.submit {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            let context = try NIOSSLContext(configuration: configuration)
            let handler = try NIOSSLClientHandler(context: context, serverHostname: nil)
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        }.get()
    }

    /// Whether the server closes the connection; what it still says is thrown away.
    func isClosedByServer() async -> Bool {
        while true {
            do { try await self.wait() } catch { return true }
        }
    }

    func close() async {
        // Closed already, perhaps.
        _ = try? await self.channel.close().get()
    }

    private func lineWithLiterals() async throws -> String {
        var text = try await self.line()
        while text.hasSuffix("}") || text.hasSuffix("})"), let open = text.lastIndex(of: "{"),
            let count = Int(text[open...].dropFirst().prefix { $0.isNumber })
        {
            text += try await "\r\n" + self.octets(count) + self.line()
        }
        return text
    }

    private func wait() async throws {
        guard await self.input.more() else { throw Ended() }
    }
}

/// What the server has sent and nobody has read yet.
private final class Input: Sendable {
    private let bytes = Mutex(ByteBuffer())
    private let signal: AsyncStream<Void>.Continuation
    private let signals: AsyncStream<Void>

    init() {
        (self.signals, self.signal) = AsyncStream.makeStream()
    }

    func append(_ more: ByteBuffer) {
        self.bytes.withLock { _ = $0.writeImmutableBuffer(more) }
        self.signal.yield()
    }

    func end() { self.signal.finish() }

    func takeLine() -> String? {
        self.bytes.withLock { bytes in
            guard let end = bytes.readableBytesView.firstIndex(of: 0x0A) else { return nil }
            let line = bytes.readString(length: end - bytes.readerIndex + 1) ?? ""
            return String(line.unicodeScalars.dropLast(line.hasSuffix("\r\n") ? 2 : 1))
        }
    }

    func take(_ count: Int) -> String? { self.bytes.withLock { $0.readString(length: count) } }

    /// Waits until something has come.
    ///
    /// - Returns: whether something has; `false` when nothing will.
    func more() async -> Bool {
        var iterator = self.signals.makeAsyncIterator()
        return await iterator.next() != nil
    }
}

private final class InputCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let input: Input

    init(_ input: Input) {
        self.input = input
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.input.append(self.unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.input.end()
    }
}
