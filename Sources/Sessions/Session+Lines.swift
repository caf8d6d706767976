internal import Listener
internal import MailTypes
internal import NIOCore
internal import Telemetry

/// What is said on the connection, told to the log at its level `trace`.
extension Session {
    package var tellsLines: Bool { self.transport.log.tellsLines }

    /// - Parameter line: without what is secret, or a message's.
    package func noteReceived(_ line: @autoclosure () -> String) {
        self.transport.log.received(line(), .session, self.transport.info.id.description)
    }

    package func noteSent(_ line: @autoclosure () -> String) {
        self.transport.log.sent(line(), .session, self.transport.info.id.description)
    }

    /// Tells the lines of an answer; of literals, challenges and what ends an exchange only that they were there.
    func noteSent(_ output: ByteBuffer) {
        for line in AnswerLines(output) { self.noteSent(line) }
    }
}

/// The lines of answers as they may be told.
struct AnswerLines: Sequence, IteratorProtocol {
    /// Lines told of one write; a long list of mailboxes says nothing more.
    private static let linesMax = 200

    private var rest: ByteBuffer
    private var count = 0

    init(_ output: ByteBuffer) {
        self.rest = output
    }

    mutating func next() -> String? {
        guard self.rest.readableBytes > 0 else { return nil }
        self.count += 1
        guard self.count <= Self.linesMax else {
            defer { self.rest.clear() }
            return "(\(self.rest.readableBytes) more octets)"
        }
        var line = ""
        while let part = self.takeLine() {
            guard let octets = Self.literal(atEndOf: part) else { return Self.told(line + part) }
            line += "\(part) (\(octets) octets)"
            self.rest.moveReaderIndex(forwardBy: Swift.min(octets, self.rest.readableBytes))
        }
        return Self.told(line)
    }

    private mutating func takeLine() -> String? {
        guard self.rest.readableBytes > 0 else { return nil }
        let bytes = self.rest.readableBytesView
        let end = bytes.firstIndex(of: 0x0A).map { bytes.distance(from: bytes.startIndex, to: $0) + 1 } ?? bytes.count
        let line = self.rest.readString(length: end) ?? ""
        return String(line.unicodeScalars.filter { $0 != "\r" && $0 != "\n" })
    }

    /// The length of the literal that a line announces.
    private static func literal(atEndOf line: String) -> Int? {
        guard line.utf8.last == UInt8(ascii: "}"), let open = line.lastIndex(of: "{") else { return nil }
        return Int(line[line.index(after: open)...].dropLast())
    }

    private static func told(_ line: String) -> String {
        // What IMAP says for itself there is OK or idling; anything else is a challenge.
        if line.hasPrefix("+ "), line != "+ OK", line != "+ idling" { return "+ (left out)" }
        guard let sasl = line.firstRange(of: "(SASL ") else { return line }
        return "\(line[..<sasl.upperBound])left out)"
    }
}
