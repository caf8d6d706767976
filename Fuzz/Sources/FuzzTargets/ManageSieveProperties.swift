import ManageSieveWire
import NIOCore

/// A client's stream: the same however it is cut, within bounds, and what it names reads the same when written again.
enum ManageSieveProperties {
    /// Commands of one input that are parsed by themselves; the rest is more of the same.
    private static let commandsMax = 400

    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        for limits in [ManageSieveLimits(), Self.smallLimits] {
            try requireSameHoweverCut(input, "a client's stream") { pieces throws(BrokenProperty) in
                try ManageSieveSession.frames(of: pieces, limits: limits)
            }
        }
        let whole = ByteBuffer(bytes: input)
        let frames = try ManageSieveSession.frames(of: [whole], limits: ManageSieveLimits(), isLoggedIn: true)
        for frame in frames.prefix(Self.commandsMax) {
            guard case .command(let command) = frame else { continue }
            try Self.checkCommand(command)
        }
    }

    private static let smallLimits: ManageSieveLimits = {
        var limits = ManageSieveLimits()
        limits.lineOctetsMax = 24
        limits.literalOctetsBeforeLoginMax = 10
        limits.literalOctetsMax = 40
        limits.literalsMax = 2
        limits.skippedOctetsMax = 200
        return limits
    }()

    private static func checkCommand(_ octets: ByteBuffer) throws(BrokenProperty) {
        let command: ManageSieveCommand
        do {
            command = try ManageSieveCommandParser.parse(octets)
        } catch {
            try require((0...octets.readableBytes).contains(error.offset), "an error lies inside its command")
            return
        }
        switch command {
        case .authenticate(let mechanism, _):
            try require((1...20).contains(mechanism.utf8.count), "a mechanism's name is bounded")
        case .haveSpace(let name, let octets):
            try require(octets >= 0, "a script is of no size below zero")
            try Self.checkName(name)
        case .putScript(let name, let script):
            try Self.checkName(name)
            try Self.checkScript(script)
        case .checkScript(let script): try Self.checkScript(script)
        case .setActive(let name?), .getScript(let name), .deleteScript(let name): try Self.checkName(name)
        case .renameScript(let old, let new):
            try Self.checkName(old)
            try Self.checkName(new)
        case .noop(let tag?): try Self.checkTag(tag)
        default: break
        }
    }

    /// A name in the list of scripts is what the client may ask for.
    private static func checkName(_ name: ManageSieveScriptName) throws(BrokenProperty) {
        var line = ByteBuffer(string: "GETSCRIPT ")
        line.writeManageSieveScript(name.text, isActive: false)
        let again = try Self.sentAgain(line)
        try require(again == .getScript(name), "a name that is listed is read as the same name")
    }

    /// A script that is given out may be put back.
    private static func checkScript(_ script: ByteBuffer) throws(BrokenProperty) {
        var line = ByteBuffer(string: "CHECKSCRIPT ")
        line.writeManageSieveScript(Array(script.readableBytesView))
        let again = try Self.sentAgain(line)
        try require(again == .checkScript(script), "a script that is given out is read as it was")
    }

    private static func checkTag(_ tag: ByteBuffer) throws(BrokenProperty) {
        var reply = ByteBuffer()
        reply.writeManageSieveReply(ManageSieveReply(.ok, .tag(tag), "Done"))
        let (start, end) = ("OK (TAG ", ") \"Done\"\r\n")
        let octets = Array(reply.readableBytesView)
        try require(
            octets.starts(with: start.utf8) && octets.suffix(end.utf8.count) == Array(end.utf8)[...],
            "a tag has its place"
        )
        var line = ByteBuffer(string: "NOOP ")
        line.writeBytes(octets.dropFirst(start.utf8.count).dropLast(end.utf8.count))
        line.writeStaticString("\r\n")
        let again = try Self.sentAgain(line)
        try require(again == .noop(tag: tag), "a tag is repeated as it came")
    }

    /// The command of a line whose string is as a server writes it.
    private static func sentAgain(_ line: ByteBuffer) throws(BrokenProperty) -> ManageSieveCommand? {
        let frames = try ManageSieveSession.frames(of: [line], limits: ManageSieveLimits(), isLoggedIn: true)
        guard case .command(let command)? = frames.first else { return nil }
        return try? ManageSieveCommandParser.parse(command)
    }
}

/// Plays the session for a framer, and writes down what came.
private struct ManageSieveSession {
    private var framer: ManageSieveFramer
    private let limits: ManageSieveLimits
    private var frames: [ManageSieveFramer.Frame] = []

    static func frames(
        of pieces: [ByteBuffer],
        limits: ManageSieveLimits,
        isLoggedIn: Bool = false
    ) throws(BrokenProperty) -> [ManageSieveFramer.Frame] {
        var session = Self(limits: limits)
        session.framer.takesScripts = isLoggedIn
        for piece in pieces { try session.receive(piece) }
        return session.frames
    }

    private init(limits: ManageSieveLimits) {
        self.framer = ManageSieveFramer(limits: limits)
        self.limits = limits
    }

    private mutating func receive(_ piece: ByteBuffer) throws(BrokenProperty) {
        self.framer.append(piece)
        while let frame = self.framer.nextFrame() {
            self.frames.append(frame)
            if self.framer.isStopped { self.answer(frame) }
        }
        // A line for each literal and one behind the last, and their line feeds.
        let heldMax = self.limits.lineOctetsMax + self.limits.literalOctetsMax + self.limits.literalsMax + 1
        try require(self.framer.octetsWaiting <= heldMax, "no more is held than a command")
        self.framer.releaseIfEmpty()
    }

    private mutating func answer(_ frame: ManageSieveFramer.Frame) {
        switch frame {
        case .command(let line):
            if case .authenticate? = try? ManageSieveCommandParser.parse(line) {
                self.framer.resume(.saslResponse)
            } else {
                self.framer.resume(.commands)
            }
        case .saslResponse(let line):
            let goesOn = line.readableBytes % 3 == 1
            // The login has succeeded.
            if !goesOn { self.framer.takesScripts = true }
            self.framer.resume(goesOn ? .saslResponse : .commands)
        case .refused, .closed: break
        }
    }
}
