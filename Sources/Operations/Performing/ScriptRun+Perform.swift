internal import Directory
internal import Filing
internal import MailStore
internal import MailTypes
internal import SieveLanguage

extension ScriptRun {
    package func perform(on system: AdministeredSystem) async throws -> Output {
        let account = try system.account(self.address)
        let options = try system.filingOptions()
        let compilation = options.compiler.compile(Array(self.text.utf8), name: self.script)
        guard let program = compilation.program else {
            let errors = compilation.errors.map(\.description).joined(separator: "\n")
            throw OperationError("Nothing was done; the script has mistakes:\n\(errors)")
        }
        let mailbox = try await self.mailbox(of: account, system)
        if self.discarding == .trash {
            let uses = try await system.store.mailboxes(of: account.id).compactMap(\.specialUse)
            guard uses.contains(.trash) else {
                throw OperationError("\(self.address) has no mailbox for \\Trash. Take --discard keep or expunge")
            }
        }
        let owner = StoredFiling.Owner(
            account: account.id,
            name: account.address.description,
            addresses: system.directory.addresses(of: account.id).map(\.description)
        )
        var filing = StoredFiling(program, of: owner, store: system.store, options: options, clock: system.clock)
        filing.discarding = self.discarding
        filing.isRehearsal = self.isRehearsal
        let range = self.range ?? Range(after: 0, through: mailbox.uidNext.rawValue - 1)
        let page = try await filing.runPage(
            of: mailbox.id,
            after: UID(rawValue: range.after),
            through: UID(rawValue: range.through)
        )
        return Output(
            messages: page.reports,
            next: page.next.map { Range(after: $0.rawValue, through: range.through) },
            mailboxID: mailbox.id.rawValue,
            count: mailbox.messages
        )
    }

    private func mailbox(of account: Account, _ system: AdministeredSystem) async throws -> MailboxSummary {
        let all = try await system.store.mailboxes(of: account.id)
        let found: MailboxSummary?
        if let mailboxID {
            found = all.first { $0.id.rawValue == mailboxID }
            guard found != nil else {
                throw OperationError("\"\(self.mailbox)\" is gone; what was reported before is done")
            }
        } else {
            found = MailboxName(self.mailbox).flatMap { name in all.first { $0.name == name } }
        }
        guard let found, found.isSelectable else {
            throw OperationError(
                "\(self.address) has no mailbox \"\(self.mailbox)\". See: martlet mailbox list \(self.address)"
            )
        }
        return found
    }
}
