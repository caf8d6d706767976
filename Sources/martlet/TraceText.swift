internal import FoundationEssentials
internal import MailTypes

/// A trace record for people: `2026-01-31T12:00:00.000Z  0e1zvq3c4k000  stored  to=alice@example.org mailbox=INBOX`.
enum TraceText {
    static func describe(_ line: String) -> String {
        guard let record = try? JSONDecoder().decode([String: String].self, from: Data(line.utf8)),
            let at = record["at"], let id = record["id"], let event = record["event"]
        else { return line }
        let details = record.filter { !["at", "id", "event"].contains($0.key) && !$0.value.isEmpty }
            .sorted { $0.key < $1.key }
            .map { "\($0.key)=\(TerminalText.printableLine($0.value))" }
        return ([at, id, event] + details).joined(separator: "  ")
    }
}
