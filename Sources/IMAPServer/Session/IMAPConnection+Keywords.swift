internal import Directory
internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore

/// The account's keywords, as far as this session has told its client. RFC 9051 §2.3.2.
extension IMAPConnection {
    /// Whether every flag of the messages at `indices` has a name here.
    func areKeywordsKnown(at indices: [Int], of state: MailboxState) -> Bool {
        guard !indices.isEmpty else { return true }
        // A keyword that no message had may have another name by now.
        guard let user = self.user, self.service.store.keywordsInMemory(of: user.account) == self.keywords else {
            return false
        }
        let known = FlagSet.systemFlags.union(self.flagNames.named)
        return indices.allSatisfy { state[$0].flags.isSubset(of: known) }
    }

    /// Fetches the keywords, and tells the client of new ones before a message shows them. Where all are taken, a new
    /// one may still have the place of one that no message carries any more.
    func refreshKeywords() async throws {
        let table = try await self.service.store.keywords(of: try self.account)
        guard table != self.keywords else { return }
        self.keywords = table
        self.flagNames = FlagNames(keywords: table.names)
        guard let selected = self.selected else { return }
        let flags = FlagSet.systemFlags.union(table.allFlags)
        self.output.writeFlags(flags, self.flagNames)
        guard !selected.isReadOnly else { return }
        self.output.writeUntagged(
            .ok,
            code: .permanentFlags(flags, self.flagNames, allowsNew: true),
            "Flags that can be changed"
        )
    }
}
