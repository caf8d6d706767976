internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore

/// The account's keywords, as far as this session has told its client. RFC 9051 §2.3.2.
extension IMAPConnection {
    /// Whether every flag of the messages at `indices` has a name here.
    func areKeywordsKnown(at indices: [Int], of state: MailboxState) -> Bool {
        let known = FlagSet.systemFlags.union(self.flagNames.named)
        return indices.allSatisfy { state[$0].flags.isSubset(of: known) }
    }

    var canAddKeywords: Bool { self.keywords.names.count < FlagSet.keywordsMax }

    /// Fetches the keywords, and tells the client of new ones before a message shows them.
    func refreshKeywords() async throws {
        let table = try await self.service.store.keywords(of: try self.account)
        guard table.names.count != self.keywords.names.count else { return }
        self.keywords = table
        self.flagNames = FlagNames(keywords: table.names)
        guard let selected = self.selected else { return }
        let flags = FlagSet.systemFlags.union(table.allFlags)
        self.output.writeFlags(flags, self.flagNames)
        guard !selected.isReadOnly else { return }
        self.output.writeUntagged(
            .ok,
            code: .permanentFlags(flags, self.flagNames, allowsNew: self.canAddKeywords),
            "Flags that can be changed"
        )
    }
}
