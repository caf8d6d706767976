import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An SMTP or LMTP server on loopback that says what the test wants it to say, and keeps what it was sent.
final class ScriptedSink: Sendable {
    /// What it does instead of its usual answer.
    enum Act: Sendable {
        case reply(String)
        /// Closes the connection without a word.
        case drop
        /// Says this and closes the connection.
        case replyAndDrop(String)
        /// Says this to STARTTLS, and begins TLS.
        case startTLS(NIOSSLContext, saying: String = "220 2.0.0 go")
        /// Never answers.
        case silence
        /// Gives its usual answer when this is done.
        case wait(EventLoopFuture<Void>)
    }

    struct Message: Hashable, Sendable {
        var commands: [String]
        var text: String
        var isEncrypted = false
    }

    /// What is known when an act is asked for.
    struct Moment: Sendable {
        /// The command's line; `CONNECT` for the greeting, `.` for the end of the text.
        var line: String
        /// Connections accepted before this one.
        var connection: Int
        /// Messages this connection has carried.
        var messages: Int
        var isEncrypted = false
        /// For LMTP's answers after the text: the recipient's place among those accepted.
        var recipient = 0

        var verb: String { String(self.line.prefix { $0 != " " && $0 != ":" }).uppercased() }
    }

    struct Script: Sendable {
        var keywords = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 0"]
        var act: @Sendable (Moment) -> Act? = { _ in nil }
    }

    struct State {
        var messages: [Message] = []
        var connections = 0
        var openNow = 0
        var openMost = 0
        /// Commands that came behind a text before it was answered.
        var commandsAhead = 0
        var quits = 0
    }

    let state = Mutex(State())
    let script: Mutex<Script>
    private let channel: Mutex<(any Channel)?>
    let port: Int

    var messages: [Message] { self.state.withLock { $0.messages } }

    init(_ group: any EventLoopGroup, _ script: Script = Script(), port: Int = 0) async throws {
        self.script = Mutex(script)
        self.channel = Mutex(nil)
        let box = SinkBox()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let sink = box.sink.withLock({ $0 }) else { return }
                    try channel.pipeline.syncOperations.addHandler(SinkHandler(sink))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
        self.channel.withLock { $0 = channel }
        box.sink.withLock { $0 = self }
    }

    func close() async {
        let channel = self.channel.withLock { $0 }
        _ = try? await channel?.close()
    }
}

private final class SinkBox: Sendable {
    let sink = Mutex<ScriptedSink?>(nil)
}

private final class SinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let sink: ScriptedSink
    private let number: Int
    private var input = ""
    private var commands: [String] = []
    private var accepted = 0
    private var hasSender = false
    private var isInText = false
    private var isLMTP = false
    private var messages = 0
    private var isClosed = false
    private var isEncrypted = false
    /// Nothing is answered before the answer that is waited for.
    private var isWaiting = false

    init(_ sink: ScriptedSink) {
        self.sink = sink
        self.number = sink.state.withLock { state in
            state.connections += 1
            state.openNow += 1
            state.openMost = max(state.openMost, state.openNow)
            return state.connections - 1
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.answer("CONNECT", "220 sink.test ESMTP", context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.sink.state.withLock { $0.openNow -= 1 }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.input += String(buffer: self.unwrapInboundIn(data))
        self.takeAll(context)
    }

    private func takeAll(_ context: ChannelHandlerContext) {
        while !self.isClosed, !self.isWaiting, self.isInText ? self.takeText(context) : self.takeLine(context) {}
        context.flush()
    }

    private func takeText(_ context: ChannelHandlerContext) -> Bool {
        let text: String
        if self.input.hasPrefix(".\r\n") {
            text = ""
            self.input.removeFirst(2)
        } else {
            guard let end = self.input.firstRange(of: "\r\n.\r\n") else { return false }
            text = self.input[..<end.lowerBound] + "\r\n"
            self.input = String(self.input[end.upperBound...])
        }
        self.isInText = false
        self.messages += 1
        let message = ScriptedSink.Message(
            commands: self.commands,
            text: text.replacing("\r\n..", with: "\r\n."),
            isEncrypted: self.isEncrypted
        )
        let isAhead = !self.input.isEmpty
        self.sink.state.withLock { state in
            state.messages.append(message)
            if isAhead { state.commandsAhead += 1 }
        }
        for recipient in 0..<(self.isLMTP ? self.accepted : 1) where !self.isClosed {
            self.answer(".", "250 2.0.0 Ok", context, recipient: recipient)
        }
        self.commands = []
        self.accepted = 0
        self.hasSender = false
        return true
    }

    private func takeLine(_ context: ChannelHandlerContext) -> Bool {
        guard let end = self.input.firstRange(of: "\r\n") else { return false }
        let line = String(self.input[..<end.lowerBound])
        self.input = String(self.input[end.upperBound...])
        switch line.prefix(4).uppercased() {
        case "EHLO", "LHLO":
            self.isLMTP = line.uppercased().hasPrefix("LHLO")
            let lines = ["sink.test"] + self.sink.script.withLock { $0.keywords }
            let reply = lines.enumerated().map { index, text in "250\(index == lines.count - 1 ? " " : "-")\(text)" }
            self.answer(line, reply.joined(separator: "\r\n"), context)
        case "RCPT":
            guard self.hasSender else {
                self.answer(line, "503 5.5.1 No sender", context)
                break
            }
            self.commands.append(line)
            if self.answer(line, "250 2.1.5 Ok", context) { self.accepted += 1 }
        case "DATA":
            if self.accepted == 0 {
                self.answer(line, "554 5.5.1 No valid recipients", context)
            } else if self.answer(line, "354 go", context) {
                self.isInText = true
            }
        case "RSET", "MAIL":
            self.commands = line.uppercased().hasPrefix("MAIL") ? [line] : []
            self.accepted = 0
            self.hasSender = self.answer(line, "250 2.1.0 Ok", context) && !self.commands.isEmpty
        case "QUIT":
            self.sink.state.withLock { $0.quits += 1 }
            guard self.answer(line, "221 2.0.0 Bye", context) else { return true }
            context.flush()
            self.isClosed = true
            context.close(promise: nil)
        default:
            self.answer(line, "250 2.0.0 Ok", context)
        }
        return true
    }

    /// - Returns: Whether the usual answer was given.
    @discardableResult
    private func answer(
        _ line: String,
        _ usual: String,
        _ context: ChannelHandlerContext,
        recipient: Int = 0
    ) -> Bool {
        let moment = ScriptedSink.Moment(
            line: line,
            connection: self.number,
            messages: self.messages,
            isEncrypted: self.isEncrypted,
            recipient: recipient
        )
        let act = self.sink.script.withLock { $0.act }(moment)
        switch act {
        case nil:
            self.write(usual, context)
            return true
        case .reply(let text):
            self.write(text, context)
        case .replyAndDrop(let text):
            self.write(text, context)
            self.drop(context)
        case .drop:
            self.drop(context)
        case .startTLS(let tls, let text):
            self.write(text, context)
            self.isEncrypted = true
            self.input = ""
            // A sink that cannot do it closes the connection, which the test sees.
            _ = try? context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
        case .silence:
            break
        case .wait(let gate):
            self.isWaiting = true
            let loop = context.eventLoop
            let bound = NIOLoopBound((self, context), eventLoop: loop)
            gate.whenComplete { _ in
                // Later even when it is open already: what was being done here is to be done first.
                loop.execute {
                    let (handler, context) = bound.value
                    handler.isWaiting = false
                    handler.write(usual, context)
                    handler.takeAll(context)
                }
            }
        }
        return false
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }

    private func drop(_ context: ChannelHandlerContext) {
        self.isClosed = true
        context.close(promise: nil)
    }
}
