import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage

/// A store in a temporary folder with two accounts, and short ways to use it.
struct TestStore: Sendable {
    static let alice = AccountID(rawValue: 1)
    static let bob = AccountID(rawValue: 2)

    /// An identifier made on 2026-01-01, when the clock of the tests begins.
    private static let firstTrace = TimeSortedIDSource().next(at: 1_767_225_600_000).rawValue

    let folder: TemporaryFolder
    let clock = ManualClock()
    let store: MailStore

    init(in folder: TemporaryFolder, shards: Int = 2) async throws {
        self.folder = folder
        self.store = try MailStore.open(folder: folder.path("mail"), shards: shards, clock: self.clock)
        try await self.store.createAccount(Self.alice)
        try await self.store.createAccount(Self.bob)
    }

    /// A store that is there already.
    init(folder: TemporaryFolder, store: MailStore) {
        self.folder = folder
        self.store = store
    }

    static func with(shards: Int = 2, _ body: (TestStore) async throws -> Void) async throws {
        try await TemporaryFolder.with { folder in
            let test = try await TestStore(in: folder, shards: shards)
            try await body(test)
            test.store.close()
        }
    }

    static func message(_ text: String, octets: Int = 0) -> MessageContent {
        let head = "From: a@martlet.test\r\nSubject: \(text)\r\nMessage-ID: <\(text.hashValue)@martlet.test>\r\n\r\n"
        let body = String(repeating: "x", count: max(0, octets - head.utf8.count))
        return .inline(ByteBuffer(string: head + body))
    }

    func deliver(
        _ content: MessageContent,
        to recipients: [LocalDelivery.Recipient],
        _ custody: LocalDelivery.Custody = .direct,
        number: UInt64 = 1
    ) async -> [DeliveryOutcome] {
        await withCheckedContinuation { continuation in
            self.store.deliver(
                LocalDelivery(
                    content: content,
                    internalDate: self.clock.now,
                    traceID: TimeSortedID(rawValue: Self.firstTrace + number),
                    recipients: recipients,
                    custody: custody
                )
            ) { continuation.resume(returning: $0) }
        }
    }

    func deliver(_ delivery: LocalDelivery) async -> [DeliveryOutcome] {
        await withCheckedContinuation { continuation in
            self.store.deliver(delivery) { continuation.resume(returning: $0) }
        }
    }

    @discardableResult
    func deliver(_ text: String, to account: AccountID, into mailbox: MailboxName = .inbox) async -> UID? {
        let outcomes = await self.deliver(
            Self.message(text),
            to: [LocalDelivery.Recipient(account: account, mailbox: mailbox)]
        )
        if case .stored(_, let uid)? = outcomes.first { return uid }
        return nil
    }

    func inbox(_ account: AccountID = Self.alice) async throws -> MailboxSummary {
        try await self.summary("INBOX", account)
    }

    func summary(_ name: String, _ account: AccountID = Self.alice) async throws -> MailboxSummary {
        guard let name = MailboxName(name), let found = try await self.store.mailbox(named: name, of: account) else {
            throw MailStoreError.noSuchMailbox
        }
        return found
    }

    func append(_ count: Int, to mailbox: MailboxID, _ account: AccountID = Self.alice) async throws -> [UID] {
        let messages = (0..<count).map { NewMessage(content: Self.message("\($0)"), internalDate: self.clock.now) }
        return try await self.store.append(messages, to: mailbox, of: account).uids
    }

    func subject(_ id: StoredMessageID, _ account: AccountID = Self.alice) async throws -> String? {
        let text = try await self.store.read(of: account) { reader in
            try reader.withBody(id) { bytes in
                String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
            }
        }
        return text?.split(separator: "\r\n").first { $0.hasPrefix("Subject: ") }.map { String($0.dropFirst(9)) }
    }
}

extension MailboxState {
    var entries: [Entry] {
        var entries: [Entry] = []
        self.forEach(in: 0..<self.count) { entries.append($0) }
        return entries
    }

    var uids: [UInt32] { self.entries.map(\.uid.rawValue) }
}

func uids(_ numbers: UInt32...) -> [UID] { numbers.map { UID(rawValue: $0) } }

func name(_ text: String) -> MailboxName {
    guard let name = MailboxName(text) else { preconditionFailure("\(text) is no mailbox name") }
    return name
}
