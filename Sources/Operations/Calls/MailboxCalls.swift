/// The mailboxes of an account with their counters.
package struct MailboxList: AdministrativeCall {
    package static let name = "mailbox/list"
    package var address: String

    package init(address: String) {
        self.address = address
    }

    package struct Row: Codable, Sendable {
        package var id: Int64
        package var mailbox: String
        package var messages: Int
        package var unseen: Int
        package var octets: Int
        package var uidNext: UInt32
        package var uidValidity: UInt32
        package var specialUse: String?
        package var isSubscribed: Bool
    }
}
