import Foundation
import MailStore
import MailTypes
import Testing

@testable import IMAPServer

/// A client that believes what it is told.
struct BelievingClient {
    /// Flags by sequence number, as text; `nil` where they were never told.
    var messages: [String?] = []

    mutating func hear(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count >= 3, words[0] == "*", let number = Int(words[1]) else { return }
        switch words[2] {
        case "EXISTS":
            precondition(number >= self.messages.count, "EXISTS never takes back")
            self.messages += Array(repeating: nil, count: number - self.messages.count)
        case "EXPUNGE":
            self.messages.remove(at: number - 1)
        case "FETCH":
            guard let start = line.range(of: "FLAGS ("), let end = line[start.upperBound...].firstIndex(of: ")") else {
                return
            }
            self.messages[number - 1] = line[start.upperBound..<end].split(separator: " ")
                .filter { $0 != "\\Recent" }.joined(separator: " ")
        default: break
        }
    }
}

@Suite("the client's view", .serialized)
struct ClientViewTests {
    @Test(
        "replayed from untagged responses it equals the mailbox",
        .timeLimit(.minutes(10)),
        arguments: [1, 2, 3, 4]
    )
    func replay(seed: UInt64) async throws {
        try await withSite { site in
            try await site.add(Array(repeating: "a: b\r\n\r\n", count: 20))
            let account = try site.account("alice")
            guard let inbox = try await site.store.mailbox(named: .inbox, of: account) else { return }
            let (store, port) = (site.store, site.port)
            let client = try await onThread { () -> UncheckedBox<TestClient> in
                let client = try TestClient(port: port)
                try client.logIn()
                return UncheckedBox(client)
            }
            var random = Seeded(state: seed)
            var believer = BelievingClient()
            for line in try await onThread({ try client.value.command("SELECT INBOX") }) { believer.hear(line) }
            for _ in 0..<60 {
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    try await Self.change(store, account, inbox.id, site, &random)
                }
                let text = Self.command(believer.messages.count, &random)
                for line in try await onThread({ try client.value.command(text) }) { believer.hear(line) }
            }
            for line in try await onThread({ try client.value.command("NOOP") }) { believer.hear(line) }
            var fresh = BelievingClient()
            fresh.messages = Array(repeating: nil, count: believer.messages.count)
            let answer = try await onThread { try client.value.command("UID FETCH 1:* (FLAGS)") }
            #expect(answer.count - 1 == believer.messages.count)
            for line in answer { fresh.hear(line) }
            for (told, actual) in zip(believer.messages, fresh.messages) where told != nil { #expect(told == actual) }
            let summary = try await store.mailbox(named: .inbox, of: account)
            #expect(summary?.messages == believer.messages.count)
        }
    }

    /// What somebody else does to the mailbox.
    private static func change(
        _ store: MailStore,
        _ account: AccountID,
        _ mailbox: MailboxID,
        _ site: TestSite,
        _ random: inout Seeded
    ) async throws {
        let uids = (0..<3).map { _ in UID(rawValue: UInt32.random(in: 1...40, using: &random)) }.sorted()
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            try await site.add(["x: y\r\n\r\n"])
        case 1:
            _ = try await store.changeFlags(FlagChange(.add, flags: .flagged), of: uids, in: mailbox, of: account)
        case 2:
            _ = try await store.changeFlags(FlagChange(.remove, flags: .flagged), of: uids, in: mailbox, of: account)
        default:
            let deleted = FlagChange(.add, flags: .deleted)
            _ = try await store.changeFlags(deleted, of: Array(Set(uids)).sorted(), in: mailbox, of: account)
            _ = try await store.expunge(uids: Array(Set(uids)).sorted(), in: mailbox, of: account)
        }
    }

    private static func command(_ count: Int, _ random: inout Seeded) -> String {
        let number = count == 0 ? "1:*" : "\(Int.random(in: 1...count, using: &random))"
        let commands = [
            "NOOP", "CHECK", "FETCH \(number) FLAGS", "UID FETCH 1:* FLAGS", "STORE \(number) +FLAGS.SILENT (\\Seen)",
            "STORE \(number) -FLAGS (\\Seen)", "SEARCH ALL", "UID SEARCH FLAGGED", "FETCH \(number) BODY[TEXT]",
            "UID STORE 1:20 +FLAGS (\\Answered)", "EXPUNGE",
        ]
        // A silent STORE tells nothing, so the believer cannot know; it asks.
        let command = commands[Int.random(in: 0..<commands.count, using: &random)]
        return command.contains("SILENT") ? command.replacingSilent : command
    }
}

extension String {
    fileprivate var replacingSilent: String { self.split(separator: ".SILENT").joined() }
}

/// A generator whose numbers are the same every time.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Hands a value that is used by one thread at a time from one to the next.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
