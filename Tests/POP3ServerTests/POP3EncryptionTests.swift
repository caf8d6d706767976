import NIOCore
import NIOPosix
import NIOSSL
import POP3Wire
import Testing

@testable import POP3Server

@Suite("POP3 with TLS (RFC 2595 §4)", .timeLimit(.minutes(10)))
struct POP3EncryptionTests {
    @Test("STLS is offered, passwords are taken behind it, and what came with it is dropped")
    func startTLS() async throws {
        try await POP3Site.with(hasTLS: true) {
            $0.allowsPlaintextLogin = { _ in false }
        } _: { site in
            let client = try await EncryptedClient(port: site.port)
            #expect(try await client.line() == "+OK Martlet is ready")
            try await client.send("CAPA\r\n")
            let offered = try await client.listing()
            #expect(offered.contains("STLS") && !offered.contains("USER"))
            try await client.send("USER alice\r\n")
            #expect(try await client.line().hasPrefix("-ERR Passwords are taken over TLS only"))
            // Somebody in the middle puts a command behind STLS; it must not count as the client's.
            try await client.send("STLS\r\nUSER bob\r\n")
            #expect(try await client.line().hasPrefix("+OK"))
            try await client.beginTLS()
            try await client.send("PASS secret\r\nCAPA\r\n")
            #expect(try await client.line() == "-ERR Send USER first")
            let inside = try await client.listing()
            #expect(!inside.contains("STLS") && inside.contains("USER"))
            #expect(inside.contains { $0.hasPrefix("SASL ") && $0.contains("SCRAM-SHA-256-PLUS") })
            try await client.send("STLS\r\nUSER alice\r\nPASS secret\r\nSTAT\r\nQUIT\r\n")
            for expected in [
                "-ERR TLS is on already", "+OK Send PASS", "+OK 0 messages (0 octets)", "+OK 0 0", "+OK Bye",
            ] {
                #expect(try await client.line() == expected)
            }
            try await client.close()
        }
    }
}

/// A client that can begin TLS in the middle of a conversation.
private final class EncryptedClient: Sendable {
    private let channel: any Channel
    private let lines = Lines()

    struct Ended: Error {}

    init(port: Int) async throws {
        let lines = self.lines
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LineCollector(lines))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    func line() async throws -> String {
        guard let line = await self.lines.next() else { throw Ended() }
        return line
    }

    func listing() async throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try await self.line()
            if line == "." { return lines }
            lines.append(line)
        }
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

    func close() async throws {
        _ = try? await self.channel.close().get()
    }
}

/// Lines from the server, waiting to be read.
private struct Lines: Sendable {
    let input: AsyncStream<String>.Continuation
    private let stream: AsyncStream<String>

    init() {
        (self.stream, self.input) = AsyncStream.makeStream()
    }

    func next() async -> String? {
        var iterator = self.stream.makeAsyncIterator()
        return await iterator.next()
    }
}

private final class LineCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let lines: Lines
    private var input = ByteBuffer()

    init(_ lines: Lines) {
        self.lines = lines
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.input.writeImmutableBuffer(self.unwrapInboundIn(data))
        while let end = self.input.readableBytesView.firstIndex(of: 0x0A),
            let line = self.input.readString(length: end - self.input.readerIndex + 1)
        {
            self.lines.input.yield(String(line.dropLast()))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.lines.input.finish()
    }
}
