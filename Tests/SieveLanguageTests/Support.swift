import MailTypes
import NIOCore
import Testing

@testable import SieveLanguage

/// A world of given answers.
struct FakeWorld: SieveWorld {
    var items: [String: String] = [:]
    var mailboxes: Set<String> = ["INBOX"]
    /// By `mailbox annotation`; ` annotation` for the server's.
    var annotations: [String: String] = [:]
    var mailboxIDs: [String: String] = [:]
    var specialUses: [String: Set<String>] = [:]
    var seen: Set<String> = []
    var lists: [String: Set<String>] = [:]
    var scripts: [String: SieveProgram] = [:]
    var spamVerdict: SieveFilterVerdict?
    var virusVerdict: SieveFilterVerdict?

    func environment(_ item: String) -> String? { self.items[item] }
    func mailboxExists(_ mailbox: String) -> Bool { self.mailboxes.contains(mailbox) }
    func metadata(_ annotation: String, of mailbox: String?) -> String? {
        self.annotations["\(mailbox ?? "") \(annotation)"]
    }
    func mailbox(withID id: String) -> String? { self.mailboxIDs[id] }
    func hasSpecialUse(_ use: String, mailbox: String?) -> Bool {
        guard let mailbox else { return self.specialUses.values.contains { $0.contains(use) } }
        return self.specialUses[mailbox]?.contains(use) ?? false
    }
    func isDuplicate(_ mark: SieveDuplicateMark) -> Bool {
        self.seen.contains("\(mark.handle) \(String(decoding: mark.identity, as: UTF8.self))")
    }
    func isListed(_ value: String, in list: String, by comparator: SieveComparator) -> Bool? {
        self.lists[list].map { SieveList(Array($0)).contains(value, by: comparator) }
    }
    func script(named name: String, at location: SieveScriptLocation) -> SieveProgram? {
        self.scripts["\(location.rawValue) \(name)"]
    }
    func notificationCapability(_ capability: String, of method: String) -> String? { nil }
}

/// 2026-07-14 03:33:20 UTC, a Tuesday.
let fixedTime = Instant(secondsSince1970: 1_784_000_000)

let plainMessage = """
    From: Alice <alice@sender.test>
    To: Bob <bob@example.org>
    Subject: Hello there
    Message-ID: <m1@sender.test>

    Hi Bob.

    """

func wire(_ text: String) -> [UInt8] {
    Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
}

func situation(from sender: String = "alice@sender.test", to recipient: String = "bob@example.org") -> SieveSituation {
    SieveSituation(envelope: SieveEnvelope(sender: sender, recipient: recipient), now: fixedTime)
}

func compile(
    _ script: String,
    limits: SieveLimits = SieveLimits(),
    settings: SieveSettings = SieveSettings()
)
    -> SieveCompilation
{
    SieveCompiler(limits: limits, settings: settings).compile(Array(script.utf8))
}

/// Compiles a script that must be right.
func program(
    _ script: String,
    limits: SieveLimits = SieveLimits(),
    settings: SieveSettings = SieveSettings(),
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> SieveProgram {
    let compilation = compile(script, limits: limits, settings: settings)
    let messages = compilation.errors.map(\.description).joined(separator: "; ")
    return try #require(compilation.program, "\(messages)", sourceLocation: sourceLocation)
}

/// Compiles and runs a script that must be right.
func run(
    _ script: String,
    on message: String = plainMessage,
    situation: SieveSituation = situation(),
    world: FakeWorld = FakeWorld(),
    limits: SieveLimits = SieveLimits(),
    settings: SieveSettings = SieveSettings(),
    isTracing: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> SieveResult {
    let program = try program(script, limits: limits, settings: settings, sourceLocation: sourceLocation)
    let bytes = ByteBuffer(bytes: wire(message))
    return program.run(on: SieveMessage(bytes), situation: situation, world: world, isTracing: isTracing)
}

/// Whether a test holds: it is asked what the script does then.
func holds(
    _ test: String,
    require capabilities: [String] = [],
    before: String = "",
    on message: String = plainMessage,
    situation: SieveSituation = situation(),
    world: FakeWorld = FakeWorld(),
    settings: SieveSettings = SieveSettings(),
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> Bool {
    let names = capabilities.map { "\"\($0)\"" }.joined(separator: ", ")
    let required = capabilities.isEmpty ? "" : "require [\(names)];\n"
    let result = try run(
        "\(required)\(before)\nif \(test) { discard; }",
        on: message,
        situation: situation,
        world: world,
        settings: settings,
        sourceLocation: sourceLocation
    )
    #expect(result.error == nil, sourceLocation: sourceLocation)
    return result.implicitKeep == nil
}

extension SieveResult {
    /// The actions in words: `fileinto Junk [\Seen]`, `keep`, `implicit keep`.
    var summary: [String] {
        var all = self.actions.map { planned -> String in
            switch planned.action {
            case .keep(let keep): "keep\(Self.flags(keep.flags))"
            case .fileInto(let target): "fileinto \(target.mailbox)\(Self.flags(target.flags))"
            case .redirect(let redirect): "redirect \(redirect.address)"
            case .reject(let reject): "\(planned.action.name) \(reject.reason)"
            case .vacation(let vacation): "vacation \(vacation.reason)"
            case .notify(let notify): "notify \(notify.recipients.map(\.address).joined(separator: " "))"
            }
        }
        if let keep = self.implicitKeep { all.append("implicit keep\(Self.flags(keep.keep.flags))") }
        return all
    }

    private static func flags(_ flags: [String]?) -> String {
        flags.map { " [\($0.joined(separator: " "))]" } ?? ""
    }

    /// The message that the action of that number takes.
    func message(_ number: Int, of original: String = plainMessage) -> String {
        self.text(of: self.actions[number].edition, original)
    }

    func text(of edition: Int, _ original: String = plainMessage) -> String {
        var buffer = ByteBuffer()
        self.editions[edition].write(ByteBuffer(bytes: wire(original)), into: &buffer)
        return String(buffer: buffer).replacing("\r\n", with: "\n")
    }
}
