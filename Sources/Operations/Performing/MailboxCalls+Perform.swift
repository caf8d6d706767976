internal import Directory
internal import MailStore
internal import MailTypes

extension MailboxList {
    package func perform(on system: AdministeredSystem) async throws -> [Row] {
        let account = try system.account(self.address)
        return try await system.store.mailboxes(of: account.id).map { mailbox in
            Row(
                id: mailbox.id.rawValue,
                mailbox: "\(mailbox.name)",
                messages: mailbox.messages,
                unseen: mailbox.unseen,
                octets: mailbox.octets,
                uidNext: mailbox.uidNext.rawValue,
                uidValidity: mailbox.uidValidity.rawValue,
                specialUse: mailbox.specialUse?.rawValue,
                isSubscribed: mailbox.isSubscribed
            )
        }
    }
}
