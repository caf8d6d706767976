internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry

/// Takes one request, has it performed and writes the answer.
final class ControlRequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let operations: ControlOperations
    private let underWay: OperationsUnderWay
    private let logger: Logger
    private var name = ""
    private var input: [UInt8] = []
    private var refusal: (HTTPResponseStatus, String)?

    init(operations: ControlOperations, underWay: OperationsUnderWay, logger: Logger) {
        self.operations = operations
        self.underWay = underWay
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            self.begin(head)
        case .body(let buffer):
            if self.input.count + buffer.readableBytes > ControlServer.inputOctetsMax {
                self.refusal = (.payloadTooLarge, "the request is too large")
            } else {
                self.input.append(contentsOf: buffer.readableBytesView)
            }
        case .end:
            self.answer(context)
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let prefix = "/v1/"
        guard head.method == .POST, head.uri.hasPrefix(prefix) else {
            self.refusal = (.notFound, "requests are POST /v1/OPERATION")
            return
        }
        self.name = String(head.uri.dropFirst(prefix.count))
    }

    private func answer(_ context: ChannelHandlerContext) {
        if let (status, message) = self.refusal {
            return Self.write(status, Self.failure(message), to: context.channel)
        }
        guard let perform = self.operations[self.name] else {
            return Self.write(.notFound, Self.failure("there is no operation '\(self.name)'"), to: context.channel)
        }
        let (input, channel, logger, name) = (self.input, context.channel, self.logger, self.name)
        let underWay = self.underWay
        underWay.begin()
        // It closes when the answer is written, or when it cannot be.
        channel.closeFuture.whenComplete { _ in underWay.end() }
        channel.eventLoop.makeFutureWithTask { try await perform(input) }
            .whenComplete { result in
                switch result {
                case .success(let output):
                    Self.write(.ok, output, to: channel)
                case .failure(let error as ControlError):
                    let status: HTTPResponseStatus = error.isCallersFault ? .badRequest : .serviceUnavailable
                    Self.write(status, Self.failure(error.message), to: channel)
                case .failure(let error):
                    logger.error(
                        "control operation failed",
                        metadata: .init([.operation: name, .error: "\(error)"])
                    )
                    Self.write(.internalServerError, Self.failure("\(error)"), to: channel)
                }
            }
    }

    private static func write(_ status: HTTPResponseStatus, _ output: [UInt8], to channel: any Channel) {
        let headers: HTTPHeaders = [
            "Content-Type": "application/json", "Content-Length": "\(output.count)", "Connection": "close",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: output))), promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    /// `{"error": "…"}`, the message escaped as RFC 8259 §7 asks.
    private static func failure(_ message: String) -> [UInt8] {
        var text = #"{"error":""#
        for scalar in message.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case _ where scalar.value < 0x20: text += " "
            default: text.unicodeScalars.append(scalar)
            }
        }
        return Array((text + "\"}").utf8)
    }
}
