internal import MailStore
internal import MailTypes
internal import NIOCore
internal import SieveLanguage

/// What a script's run is about, besides the moment of the store that it sees.
struct ScriptOccasion: Sendable {
    var account: AccountID
    /// The account's full name.
    var name: String
    var options: FilingOptions
    /// Where the owner's scripts are kept when they are compiled, and the edition of them that is wanted; without one
    /// nothing tells when they change, and each is read anew.
    var scripts: ScriptCache
    var edition: Int?
    var message: ByteBuffer
    /// The client's address; empty where there is none.
    var peer = ""
    /// What was found of the sender, by method.
    var verdicts: [String: String] = [:]
    /// Whether the message is stored already.
    var isStored = false
    /// Items of the environment that only this occasion has.
    var items: [String: String] = [:]
}

/// The world as a script of one account sees it, on one moment of the store.
///
/// What cannot be read is answered as if it were not there, and noted: the run's result is not used then.
final class AccountWorld: SieveWorld {
    private let reader: MessageReader
    private let occasion: ScriptOccasion
    private let now: Instant
    /// Why an answer may be wrong.
    private(set) var failure: (any Error)?

    private var account: AccountID { self.occasion.account }
    private var options: FilingOptions { self.occasion.options }

    init(_ occasion: ScriptOccasion, _ reader: MessageReader, now: Instant) {
        self.occasion = occasion
        self.reader = reader
        self.now = now
    }

    private func ask<Answer>(_ question: () throws -> Answer, otherwise: Answer) -> Answer {
        do {
            return try question()
        } catch {
            self.failure = error
            return otherwise
        }
    }

    /// RFC 5183 §4.1.
    func environment(_ item: String) -> String? {
        switch item {
        case "domain": self.options.hostName.split(separator: ".", maxSplits: 1).last.map(String.init)
        case "host": self.options.hostName
        case "location": self.occasion.isStored ? "MS" : "MDA"
        case "phase": self.occasion.isStored ? "post" : "during"
        case "name": "Martlet"
        case "remote-ip": self.occasion.peer.isEmpty ? nil : self.occasion.peer
        case "vnd.martlet.username": self.occasion.name
        default:
            // `vnd.martlet.spf` and the like.
            item.hasPrefix("vnd.martlet.")
                ? self.occasion.verdicts[String(item.dropFirst(12))]
                : self.occasion.items[item] ?? EventOccasion.otherwise[item]
        }
    }

    func mailboxExists(_ mailbox: String) -> Bool {
        guard let name = MailboxName(mailbox) else { return false }
        return self.ask({ try self.reader.mailboxExists(name, of: self.account) }, otherwise: false)
    }

    /// What IMAP tells of the same annotation. RFC 5490 §3.3, §3.5.
    func metadata(_ annotation: String, of mailbox: String?) -> String? {
        guard let name = AnnotationName(annotation) else { return nil }
        var place: MailboxName?
        if let mailbox {
            guard let found = MailboxName(mailbox) else { return nil }
            place = found
        } else if name == .administrator {
            return self.options.administrator
        }
        let value = self.ask({ try self.reader.annotation(name, of: place, self.account) }, otherwise: nil)
        return value.map { String(decoding: $0, as: UTF8.self) }
    }

    func mailbox(withID id: String) -> String? {
        guard let number = Int64(id) else { return nil }
        let mailbox = MailboxID(rawValue: number)
        return self.ask({ try self.reader.mailboxName(mailbox, of: self.account)?.text }, otherwise: nil)
    }

    func hasSpecialUse(_ use: String, mailbox: String?) -> Bool {
        guard let use = SpecialUse(named: use) else { return false }
        let found = self.ask({ try self.reader.mailboxName(use, of: self.account) }, otherwise: nil)
        guard let found else { return false }
        return mailbox.map { MailboxName($0) == found } ?? true
    }

    /// A stored message was marked when it came, so that by the marks each would be its own duplicate.
    func isDuplicate(_ mark: SieveDuplicateMark) -> Bool {
        guard !self.occasion.isStored else { return false }
        let handle = AccountMark.duplicateHandle(mark.handle)
        return self.ask(
            { try self.reader.isMarked(handle, mark.identity, of: self.account, at: self.now) },
            otherwise: false
        )
    }

    func isListed(_ value: String, in list: String, by comparator: SieveComparator) -> Bool? {
        self.options.lists.list(list).map { $0.contains(value, by: comparator) }
    }

    func script(named name: String, at location: SieveScriptLocation) -> SieveProgram? {
        guard location == .personal else { return self.options.library[name] }
        return self.ask({ try self.program(name) }, otherwise: nil)
    }

    /// The active script; `nil` when there is none, or none that can be run.
    func activeProgram() throws -> SieveProgram? {
        try self.kept("") {
            try self.reader.activeScript(of: self.account).flatMap { self.compile($0.text, name: $0.name) }
        }
    }

    private func program(_ name: String) throws -> SieveProgram? {
        guard let name = ScriptName.normalized(name) else { return nil }
        return try self.kept(name) {
            try self.reader.script(name, of: self.account).flatMap { self.compile($0, name: name) }
        }
    }

    private func kept(_ name: String, read: () throws -> SieveProgram?) throws -> SieveProgram? {
        guard let edition = self.occasion.edition else { return try read() }
        return try self.occasion.scripts.program(name, of: self.account, edition: edition, compile: read)
    }

    private func compile(_ text: [UInt8], name: String) -> SieveProgram? {
        self.occasion.scripts.program(compiling: text, name: name, by: self.options.compiler)
    }

    var spamVerdict: SieveFilterVerdict? { self.options.spamHeader?.verdict(on: self.occasion.message) }

    var virusVerdict: SieveFilterVerdict? { self.options.virusHeader?.verdict(on: self.occasion.message) }

    func notificationCapability(_ capability: String, of method: String) -> String? {
        capability == "online" ? "maybe" : nil
    }
}

extension AccountMark {
    static func duplicateHandle(_ handle: String) -> String { "duplicate \(handle)" }
    static func vacationHandle(_ handle: String) -> String { "vacation \(handle)" }
    static let failureHandle = "script failure"
    static let eventFailureHandle = "event script failure"
}
