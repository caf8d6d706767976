import IMAPWire
import MailTypes
import NIOCore

/// Plays the session for a framer: accepts or refuses what is announced, resumes what has stopped, writes down what
/// came.
struct FramerDriver {
    var framer: IMAPFramer
    var acceptsLiterals = true
    private(set) var log: [String] = []
    /// The most the framer has held after any step.
    private(set) var bufferedMax = 0
    private var message: [UInt8] = []

    init(limits: IMAPLimits = IMAPLimits(), acceptsLiterals: Bool = true) {
        self.framer = IMAPFramer(limits: limits)
        self.acceptsLiterals = acceptsLiterals
    }

    /// What comes of `text` when it arrives in pieces of these sizes, the last one as often as needed.
    static func log(
        _ text: String,
        limits: IMAPLimits = IMAPLimits(),
        accepting: Bool = true,
        pieces: [Int]
    ) -> [String] {
        var driver = Self(limits: limits, acceptsLiterals: accepting)
        driver.feed(Array(text.utf8), pieces: pieces)
        return driver.log
    }

    mutating func feed(_ bytes: [UInt8], pieces: [Int]) {
        var rest = bytes[...]
        var sizes = pieces.makeIterator()
        var size = pieces.last ?? bytes.count
        while !rest.isEmpty {
            size = sizes.next() ?? size
            self.receive(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
    }

    mutating func receive(_ bytes: ByteBuffer) {
        self.framer.append(bytes)
        while let frame = self.framer.next() { self.handle(frame) }
        self.bufferedMax = max(self.bufferedMax, self.framer.bufferedOctets)
    }

    private mutating func handle(_ frame: IMAPFrame) {
        switch frame {
        case .command(let bytes, let stops):
            self.log.append((stops ? "stop " : "command ") + String(buffer: bytes))
            if stops { self.framer.resume(Self.mode(after: String(buffer: bytes))) }
        case .literalAnnounced(let octets):
            self.log.append("literal \(octets)")
            self.answer()
        case .appendBegan(let request, let message, let isSynchronizing):
            self.log.append("append \(request.tag) \(request.mailbox.name) \(Self.words(message, isSynchronizing))")
            self.answer()
        case .appendContinued(let message, let isSynchronizing):
            self.log.append("next \(Self.words(message, isSynchronizing))")
            self.answer()
        case .appendChunk(let bytes): self.message += bytes.readableBytesView
        case .appendMessageEnded:
            self.log.append("message \(String(decoding: self.message, as: UTF8.self))")
            self.message = []
        case .appendEnded: self.log.append("appended")
        case .authenticationLine(let line):
            self.log.append("auth \(String(buffer: line))")
            self.framer.resume(String(buffer: line) == "more" ? .authentication : .commands)
        case .idleEnded(let isDone): self.log.append("idle \(isDone)")
        case .refused(let refusal): self.log.append("refused \(Self.words(refusal))")
        case .closed(let refusal): self.log.append("closed \(Self.words(refusal))")
        }
    }

    private mutating func answer() {
        if self.acceptsLiterals { self.framer.acceptLiteral() } else { self.framer.refuseLiteral() }
    }

    private static func mode(after command: String) -> IMAPFramer.Mode {
        if command.uppercased().contains("AUTHENTICATE") { return .authentication }
        return command.uppercased().contains("IDLE") ? .idle : .commands
    }

    private static func words(_ message: AppendMessage, _ isSynchronizing: Bool) -> String {
        let date = message.internalDate.map { " @\($0.secondsSince1970)" } ?? ""
        let flags = "\(message.flags.system.rawValue)\(message.flags.keywords)"
        return "\(message.octets)\(isSynchronizing ? "" : "+") \(flags)\(date)"
    }

    private static func words(_ refusal: IMAPRefusal) -> String {
        if case .syntax(let error) = refusal.reason { return "\(refusal.tag ?? "-") \(error.expected) \(error.offset)" }
        return "\(refusal.tag ?? "-") \(refusal.reason)"
    }
}
