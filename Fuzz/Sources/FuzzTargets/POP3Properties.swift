import MailBytes
import NIOCore
import POP3Wire

/// A client's stream and a message on its way out: the same however they are cut, within bounds.
enum POP3Properties {
    /// Lines of one input that are parsed by themselves; the rest is more of the same.
    private static let linesMax = 400

    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        for limits in [POP3Limits(), Self.smallLimits] {
            try requireSameHoweverCut(input, "a client's stream") { pieces throws(BrokenProperty) in
                try POP3Session.frames(of: pieces, limits: limits)
            }
        }
        for line in input.split(separator: 10, maxSplits: Self.linesMax, omittingEmptySubsequences: true) {
            try Self.checkCommand(ByteBuffer(bytes: line.last == 13 ? line.dropLast() : line))
        }
        for bodyLines in [nil, 0, 1, 3] { try Self.checkText(input, bodyLines: bodyLines) }
    }

    private static let smallLimits: POP3Limits = {
        var limits = POP3Limits()
        limits.commandLineOctetsMax = 20
        limits.authLineOctetsMax = 40
        limits.discardedOctetsMax = 100
        return limits
    }()

    private static func checkCommand(_ line: ByteBuffer) throws(BrokenProperty) {
        let command: POP3Command
        do {
            command = try POP3CommandParser.parse(line)
        } catch {
            try require((0...line.readableBytes).contains(error.offset), "an error lies inside its line")
            try Self.checkLine(error.reply)
            return
        }
        switch command {
        case .list(let number?), .uidl(let number?), .retr(let number), .dele(let number), .top(let number, _):
            try require(number >= 1, "messages are counted from 1")
            var buffer = ByteBuffer()
            buffer.writePOP3Number(number)
            guard number < .max else { return }
            let again = try? POP3CommandParser.parse(ByteBuffer(string: "RETR \(String(buffer: buffer))"))
            try require(again == .retr(number), "a number written again is the same number")
        case .user(let name): try Self.checkLine(.refused("No such user: \(name)"))
        default: break
        }
    }

    /// A reply is one line, whatever its text.
    private static func checkLine(_ reply: POP3Reply) throws(BrokenProperty) {
        var buffer = ByteBuffer()
        buffer.writePOP3Reply(reply)
        let bytes = Array(buffer.readableBytesView)
        try require(
            bytes.suffix(2) == [13, 10] && !bytes.dropLast(2).contains { $0 == 13 || $0 == 10 },
            "a reply is one line"
        )
    }

    // MARK: - Messages

    private static func checkText(_ message: [UInt8], bodyLines: Int?) throws(BrokenProperty) {
        let whole = Self.written(message, bodyLines: bodyLines) { _ in message.count + 1 }
        var random = SplitMix(state: UInt64(message.count))
        let parts = Self.written(message, bodyLines: bodyLines) { _ in 1 + random.below(message.count / 3 + 1) }
        try require(whole == parts, "a message is written the same in any parts")
        if message.count <= 4_096 {
            try require(
                whole == Self.written(message, bodyLines: bodyLines) { _ in 1 },
                "a message is written the same octet by octet"
            )
        }
        try require(whole.elementsEqual(Self.expected(message, bodyLines: bodyLines)), "a message is written as it is")
    }

    private static func written(_ message: [UInt8], bodyLines: Int?, _ octetsMax: (Int) -> Int) -> [UInt8] {
        var text = POP3Text(bodyLines: bodyLines)
        var buffer = ByteBuffer()
        var round = 0
        while !text.write(message.span, octetsMax: octetsMax(round), into: &buffer) { round += 1 }
        return Array(buffer.readableBytesView)
    }

    /// The answer told line by line: what ends a line is a LF, with or without a CR. RFC 1939 §3, §7.
    private static func expected(_ message: [UInt8], bodyLines: Int?) -> [UInt8] {
        var answer: [UInt8] = []
        var linesLeft = bodyLines
        var isInHeader = true
        var lines = message.split(separator: 10, omittingEmptySubsequences: false)
        let hasOpenLine = !(lines.last?.isEmpty ?? true)
        if !hasOpenLine, !lines.isEmpty { lines.removeLast() }
        for (index, line) in lines.enumerated() {
            if !isInHeader, let left = linesLeft {
                if left == 0 { break }
                linesLeft = left - 1
            }
            let isOpen = hasOpenLine && index == lines.count - 1
            let text = line.last == 13 && !isOpen ? line.dropLast() : line
            if text.isEmpty { isInHeader = false }
            if line.first == ASCII.dot { answer.append(ASCII.dot) }
            answer.append(contentsOf: text)
            answer.append(contentsOf: [13, 10])
        }
        return answer + [ASCII.dot, 13, 10]
    }
}

/// Plays the session for a framer, and writes down what came.
private struct POP3Session {
    private var framer: POP3Framer
    private let limits: POP3Limits
    private var frames: [POP3Framer.Frame] = []
    private var isClosed = false

    static func frames(of pieces: [ByteBuffer], limits: POP3Limits) throws(BrokenProperty) -> [POP3Framer.Frame] {
        var session = Self(limits: limits)
        for piece in pieces where !session.isClosed { try session.receive(piece) }
        return session.frames
    }

    private init(limits: POP3Limits) {
        self.framer = POP3Framer(limits: limits)
        self.limits = limits
    }

    private mutating func receive(_ piece: ByteBuffer) throws(BrokenProperty) {
        self.framer.append(piece)
        while !self.isClosed, let frame = self.framer.nextFrame() {
            self.frames.append(frame)
            self.answer(frame)
        }
        let heldMax = max(self.limits.commandLineOctetsMax, self.limits.authLineOctetsMax)
        try require(self.isClosed || self.framer.octetsWaiting < heldMax, "no more is held than a line")
        self.framer.releaseIfEmpty()
    }

    private mutating func answer(_ frame: POP3Framer.Frame) {
        if case .malformed(let error) = frame, error.kind == .lineEndless { self.isClosed = true }
        guard self.framer.isStopped, !self.isClosed else { return }
        switch frame {
        case .command(let line):
            if case .auth? = try? POP3CommandParser.parse(line) {
                self.framer.resume(.authResponse)
            } else {
                self.framer.resume(.commands)
            }
        case .authResponse(let line): self.framer.resume(line.readableBytes % 3 == 1 ? .authResponse : .commands)
        case .malformed: self.framer.resume(.commands)
        }
    }
}
