package import MailTypes
internal import NIOCore
internal import SieveLanguage

/// A script tried on a message: what it would do is found out, and nothing is done.
package struct SieveTrial: Sendable {
    /// Files, each a script; those before and after it are the site's.
    package var script: String
    package var before: [String] = []
    package var after: [String] = []
    /// The envelope's sender, empty or `<>` for the null sender; from the message's header when it is `nil`.
    package var sender: String?
    /// The same for the recipient, whose script it is.
    package var recipient: String?
    /// Mailboxes that there are besides INBOX.
    package var mailboxes: [String] = []
    /// Where `include :global` finds its scripts; the script's own folder when it is `nil`.
    package var globalFolder: String?
    /// Where the site's spam filter leaves its score, `FIELD: PATTERN`, and the score that counts as certain.
    package var spamHeader: String?
    package var spamScoreMax = 10
    /// Whether each step is noted.
    package var isTracing = false

    package init(script: String) {
        self.script = script
    }

    /// - Parameter message: with its header, lines ending in CRLF.
    /// - Throws: What is wrong with a script, or that a file cannot be read.
    package func run(on message: [UInt8], now: Instant) throws(OperationError) -> SieveTrialReport {
        try self.prepare().run(on: message, now: now)
    }

    /// Reads and checks the scripts, to be tried on any number of messages.
    ///
    /// - Throws: What is wrong with a script, or that a file cannot be read.
    package func prepare() throws(OperationError) -> PreparedSieveTrial {
        let files = SieveFiles()
        var programs: [SieveProgram] = []
        for path in self.before + [self.script] + self.after { programs.append(try files.program(path)) }
        let folder = self.script.lastIndex(of: "/").map { String(self.script[...$0]) } ?? ""
        var world = SieveTrialWorld(
            files: files,
            personalFolder: folder,
            globalFolder: self.globalFolder.map { "\($0)/" } ?? folder,
            mailboxes: self.mailboxes
        )
        if let spamHeader {
            guard let status = SieveFilterHeader.Source(spamHeader) else {
                throw OperationError("'\(spamHeader)' is no field with a pattern, such as X-Spam-Score: [-0-9.]+")
            }
            world.spamHeader = SieveFilterHeader(status: status, kind: .score, max: Double(self.spamScoreMax))
        }
        return PreparedSieveTrial(trial: self, sequence: SieveSequence(programs), world: world)
    }

    fileprivate func envelope(for message: ByteBuffer) -> SieveEnvelope {
        var envelope = SieveEnvelope(guessedFrom: message)
        if let sender { envelope.sender = Self.withoutBrackets(sender) }
        if let recipient { envelope.recipient = Self.withoutBrackets(recipient) }
        return envelope
    }

    private static func withoutBrackets(_ address: String) -> String {
        address.hasPrefix("<") && address.hasSuffix(">") ? String(address.dropFirst().dropLast()) : address
    }
}

/// A trial whose scripts are read and checked.
package struct PreparedSieveTrial: Sendable {
    fileprivate let trial: SieveTrial
    fileprivate let sequence: SieveSequence
    fileprivate let world: SieveTrialWorld

    /// - Parameter message: with its header, lines ending in CRLF.
    package func run(on message: [UInt8], now: Instant) -> SieveTrialReport {
        let bytes = ByteBuffer(bytes: message)
        let situation = SieveSituation(envelope: self.trial.envelope(for: bytes), now: now)
        var world = self.world
        world.spamVerdict = world.spamHeader?.verdict(on: bytes)
        let result = self.sequence
            .run(on: SieveMessage(bytes), situation: situation, world: world, isTracing: self.trial.isTracing)
        return SieveTrialReport(result, of: bytes, situation)
    }
}

/// The world of a trial: scripts in folders, mailboxes as they were named, and else nothing.
private struct SieveTrialWorld: SieveWorld {
    let files: SieveFiles
    let personalFolder: String
    let globalFolder: String
    let mailboxes: [String]
    var spamHeader: SieveFilterHeader?
    var spamVerdict: SieveFilterVerdict?

    func script(named name: String, at location: SieveScriptLocation) -> SieveProgram? {
        let folder = location == .global ? self.globalFolder : self.personalFolder
        return (try? self.files.program("\(folder)\(name).sieve")) ?? (try? self.files.program("\(folder)\(name)"))
    }

    func environment(_ item: String) -> String? {
        switch item {
        case "name": "Martlet"
        case "location": "MDA"
        case "phase": "during"
        default: nil
        }
    }

    func mailboxExists(_ mailbox: String) -> Bool {
        mailbox.lowercased() == "inbox" || self.mailboxes.contains(mailbox)
    }

    func metadata(_ annotation: String, of mailbox: String?) -> String? { nil }
    func mailbox(withID id: String) -> String? { nil }
    func hasSpecialUse(_ use: String, mailbox: String?) -> Bool { false }
    func isDuplicate(_ mark: SieveDuplicateMark) -> Bool { false }
    func isListed(_ value: String, in list: String, by comparator: SieveComparator) -> Bool? { nil }
    func notificationCapability(_ capability: String, of method: String) -> String? { nil }
    var virusVerdict: SieveFilterVerdict? { nil }
}
