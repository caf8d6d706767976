internal import ArgumentParser
internal import Filing
internal import FoundationEssentials
internal import Glibc
internal import MailTypes
internal import Operations

extension StoredFiling.Discarding: ExpressibleByArgument {}

/// `martlet sieve run USER FOLDER`
struct SieveRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a user's script on the mail that is in a mailbox already.",
        discussion: """
            What the script keeps stays where it is, with the flags it sets; what it files is moved, with :copy \
            copied. Header changes make a new message in the place of the old one. Messages marked \\Deleted are \
            passed over. Without --discard nothing is removed: a message the script discards stays and is reported.
            Nothing is sent: redirect, reject, vacation and notify are reported, and a message for which the script \
            has nothing else stays. The test duplicate finds none. A mailbox that is not there and not made with \
            :create takes nothing: the message stays. The site's own scripts do not run.
            A run that is broken off leaves each message done or not done; run it again, or go on with --uids.
            With --json each message is a line, and the last line counts them.

            Examples:
              martlet sieve run alice@example.org INBOX --dry-run
              martlet sieve run alice@example.org INBOX --script lists --discard trash
              martlet sieve run alice@example.org Archive --script ./sort.sieve --uids 1:20000
            """
    )
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Argument(help: "The account.") var user: String
    @Argument(help: "The mailbox.") var folder: String
    @Option(
        help: "One of the user's scripts by its name, or a file: with a / in it, or ending in .sieve (default: active)."
    )
    var script: String?
    @Option(help: "What becomes of messages that the script discards: keep, trash or expunge.")
    var discard = StoredFiling.Discarding.keep
    @Option(help: "Only messages with these UIDs, FIRST:LAST.") var uids: UIDRange?
    @Flag(help: "Print what would be done with each message, and do nothing.") var dryRun = false

    func run() async throws {
        let script = try await self.readScript()
        var call = ScriptRun(
            address: self.user,
            mailbox: self.folder,
            script: script.name,
            text: script.text,
            discarding: self.discard,
            isRehearsal: self.dryRun
        )
        call.range = self.uids.map { ScriptRun.Range(after: $0.first - 1, through: $0.last) }
        var tally = Tally()
        repeat {
            let page = try await self.site.ask(call)
            for message in page.messages {
                tally.add(message)
                try self.tell(message)
            }
            call.range = page.next
            call.mailboxID = page.mailboxID
            if let next = page.next { self.tellProgress(tally, next) }
        } while call.range != nil
        try self.tell(tally)
        if tally.failed + tally.notDone > 0 { throw ExitCode(1) }
    }

    private func readScript() async throws -> (name: String, text: String) {
        if let script, script.contains("/") || script.hasSuffix(".sieve") {
            return try SieveFiles().scriptToKeep(script)
        }
        let shown = try await self.site.ask(ScriptShow(address: self.user, script: self.script))
        return (shown.name, shown.text)
    }

    // MARK: - Telling

    private func tell(_ message: RefiledMessage) throws {
        if self.output.json { return try Self.printLine(message) }
        guard self.dryRun || message.state != .left || !message.notes.isEmpty else { return }
        show("\(message.uid)  \(TerminalText.printableLine(message.subject))")
        for line in message.lines { show("    \(line)") }
    }

    private func tell(_ tally: Tally) throws {
        if self.output.json { return try Self.printLine(tally) }
        print(tally.text(isRehearsal: self.dryRun))
    }

    private func tellProgress(_ tally: Tally, _ next: ScriptRun.Range) {
        let text = "\(tally.messages) messages; go on from here with --uids \(next.after + 1):\(next.through)\n"
        // Progress that nobody can read is not worth ending the work for.
        _ = unsafe Array(text.utf8).withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func printLine(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        show(json: String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// What became of all messages together.
private struct Tally: Encodable {
    var messages = 0
    /// Moved, copied, flagged, edited or removed.
    var changed = 0
    var left = 0
    /// The script ended in an error.
    var failed = 0
    /// Gone or changed meanwhile, or without room.
    var notDone = 0

    mutating func add(_ message: RefiledMessage) {
        self.messages += 1
        switch message.state {
        case .left, .deleted: self.left += 1
        case .done: self.changed += 1
        case .failed: self.failed += 1
        case .gone, .busy, .overQuota: self.notDone += 1
        }
    }

    func text(isRehearsal: Bool) -> String {
        var text = "\(self.messages) messages: \(self.changed) \(isRehearsal ? "would change" : "changed"), "
        text += "\(self.left) as they were"
        if self.failed > 0 { text += ", \(self.failed) on which the script failed" }
        if self.notDone > 0 { text += ", \(self.notDone) not done" }
        return text
    }
}

extension RefiledMessage {
    fileprivate var lines: [String] {
        let what: [String] =
            switch self.state {
            case .left: ["keep"]
            case .done: self.steps.map(\.text)
            case .deleted: ["passed over: it is marked \\Deleted"]
            case .failed: ["the script failed; nothing is done"]
            case .gone: ["gone meanwhile"]
            case .busy: ["changed meanwhile; nothing is done"]
            case .overQuota: ["no room in the account; nothing is done"]
            }
        return what + self.notes.map { "note: \($0)" }
    }
}

/// `FIRST:LAST`, both at least 1.
struct UIDRange: ExpressibleByArgument {
    var first: UInt32
    var last: UInt32

    init?(argument: String) {
        let bounds = argument.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
        guard bounds.count == 2, let first = bounds[0], let last = bounds[1], first > 0, first <= last else {
            return nil
        }
        (self.first, self.last) = (first, last)
    }
}
