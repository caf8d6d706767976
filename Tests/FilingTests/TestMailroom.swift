import Filing
import Logging
import MailQueue
import MailStore
import MailTesting
import MailTypes
import NIOCore
import SieveLanguage
import Storage
import Synchronization
import Trace

/// Alice's and Bob's mailboxes with scripts before them, a queue behind them, and a clock set by hand.
struct TestMailroom: Sendable {
    static let alice = AccountID(rawValue: 1)
    static let bob = AccountID(rawValue: 2)
    static let hostName = "mail.martlet.test"

    let clock = ManualClock()
    let store: MailStore
    let queue: MailQueue
    let journal: TraceJournal
    let filing: Filing
    let pump: OutgoingPump
    private let traceFolder: String

    static func with(
        before: [String] = [],
        after: [String] = [],
        lists: ExternalLists = ExternalLists(),
        sign: @escaping OutgoingPump.Sign = { _, _ in [] },
        _ body: (TestMailroom) async throws -> Void
    ) async throws {
        try await TemporaryFolder.with { folder in
            let room = try await TestMailroom(folder, before, after, lists, sign)
            try await body(room)
            room.queue.close()
            room.store.close()
        }
    }

    private init(
        _ folder: TemporaryFolder,
        _ before: [String],
        _ after: [String],
        _ lists: ExternalLists,
        _ sign: @escaping OutgoingPump.Sign
    ) async throws {
        self.store = try MailStore.open(folder: folder.path("mail"), shards: 2, clock: self.clock)
        self.queue = try MailQueue.open(folder: folder.path("queue"), clock: self.clock)
        self.traceFolder = folder.path("trace")
        self.journal = try TraceJournal(folder: self.traceFolder, days: 7, clock: self.clock)
        var options = FilingOptions(hostName: Self.hostName)
        options.before = before.enumerated().map { Self.program($1, "before \($0)") }
        options.after = after.enumerated().map { Self.program($1, "after \($0)") }
        options.library = ["shared": Self.program("require \"fileinto\"; fileinto \"Archive\";", "shared")]
        options.lists = lists
        options.listRedirectsMax = 3
        if !lists.isEmpty { options.settings.withheld.remove(.extlists) }
        let log = Logger(label: "filing") { _ in SwiftLogNoOpLogHandler() }
        self.filing = Filing(
            options,
            store: self.store,
            journal: self.journal,
            addresses: { $0 == Self.alice ? ["alice@martlet.test", "a.liddell@martlet.test"] : [] },
            clock: self.clock,
            log: log
        )
        self.pump = OutgoingPump(
            store: self.store,
            queue: self.queue,
            journal: self.journal,
            log: log,
            sign: sign
        )
        for account in [Self.alice, Self.bob] { try await self.store.createAccount(account) }
    }

    private static func program(_ text: String, _ name: String) -> SieveProgram {
        let compilation = SieveCompiler().compile(Array(text.utf8), name: name)
        guard let program = compilation.program else { fatalError("\(compilation.errors)") }
        return program
    }

    func setScript(_ text: String, of account: AccountID = alice, name: String = "main") async throws {
        try await self.store.putScript(name, text: Array(text.utf8), of: account)
        try await self.store.activateScript(name, of: account)
    }

    /// Alice's; of her account where there is no mailbox.
    func annotate(_ name: String, _ value: String?, of mailbox: String?) async throws {
        guard let name = AnnotationName(name) else { fatalError("\(name) is no annotation's name") }
        var id: MailboxID?
        if let mailbox { id = try await self.summary(mailbox).id }
        try await self.store.annotate([(name, value.map { Array($0.utf8) })], of: id, Self.alice)
    }

    func summary(_ mailbox: String) async throws -> MailboxSummary {
        guard let name = MailboxName(mailbox), let found = try await self.store.mailbox(named: name, of: Self.alice)
        else { fatalError("there is no \(mailbox)") }
        return found
    }

    static func message(_ fields: String = "Subject: hello\r\n", body: String = "text\r\n") -> MessageContent {
        .inline(
            ByteBuffer(
                string: "Return-Path: <carol@example.org>\r\nFrom: Carol <carol@example.org>\r\n"
                    + "To: a.liddell@martlet.test\r\nMessage-ID: <1@example.org>\r\n\(fields)\r\n\(body)"
            )
        )
    }

    func delivery(_ content: MessageContent, to accounts: [AccountID]) -> LocalDelivery {
        LocalDelivery(
            content: content,
            internalDate: self.clock.now,
            traceID: self.journal.makeID(),
            recipients: accounts.map { LocalDelivery.Recipient(account: $0) },
            custody: .direct
        )
    }

    @discardableResult
    func deliver(
        _ content: MessageContent = message(),
        to accounts: [AccountID] = [alice],
        from sender: String? = "carol@example.org",
        deliverBy: DeliverBy? = nil,
        originalRecipient: String? = nil,
        isQuarantined: Bool = false
    ) async -> [String] {
        let reversePath = sender.map { ReversePath.address(Self.address($0)) } ?? .null
        var envelopeSender = EnvelopeSender(reversePath: reversePath)
        envelopeSender.deliverBy = deliverBy
        let envelope = FilingEnvelope(
            sender: envelopeSender,
            recipients: accounts.map { account in
                let name = account == Self.alice ? "alice@martlet.test" : "bob@martlet.test"
                return FilingEnvelope.Recipient(
                    name: name,
                    path: .address(Self.address(name)),
                    originalRecipient: originalRecipient,
                    isQuarantined: isQuarantined
                )
            },
            peer: "192.0.2.1"
        )
        let outcomes = await withCheckedContinuation { continuation in
            self.filing.deliver(self.delivery(content, to: accounts), envelope) { continuation.resume(returning: $0) }
        }
        return outcomes.map(Self.word)
    }

    static func address(_ text: String) -> EmailAddress {
        let parts = text.split(separator: "@")
        return EmailAddress(localPart: String(parts[0]), domain: Domain(String(parts[1])))
    }

    private static func word(_ outcome: DeliveryOutcome) -> String {
        switch outcome {
        case .stored(let mailbox, _): "stored \(mailbox)"
        case .sentOn: "sent on"
        case .discarded: "discarded"
        case .rejected(let reason): "rejected \(reason)"
        case .overQuota: "over quota"
        case .noSuchAccount: "no such account"
        case .failed(let error): "failed \(error)"
        }
    }

    /// The messages of a mailbox as text, in order.
    func texts(_ mailbox: String = "INBOX", of account: AccountID = alice) async throws -> [String] {
        guard let name = MailboxName(mailbox), let live = try await self.store.open(name, of: account) else {
            return []
        }
        let state = try await live.state()
        let messages = (0..<state.count).map { state[$0].message }
        return try await self.store.read(of: account) { reader in
            try messages.map { message in
                try reader.withBody(message) { bytes in
                    unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
                } ?? ""
            }
        }
    }

    /// What is in the queue, as `sender → recipient`.
    func queued() async throws -> [String] {
        try await self.pump.drain()
        var lines: [String] = []
        for entry in try await self.queue.list() {
            for recipient in entry.recipients {
                lines.append("\(entry.sender) → \(recipient.address)")
            }
        }
        return lines.sorted()
    }

    /// The lines of the trace.
    func traced() -> [String] {
        self.journal.flush()
        return TraceSearch(folder: self.traceFolder).lines(about: "alice@martlet.test")
    }
}
