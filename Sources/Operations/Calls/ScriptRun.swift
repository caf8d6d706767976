package import Filing

/// Runs a script on the mail that is in a mailbox already, a page at a time: the caller asks for the next one until
/// there is none, so that progress can be told and neither side ever holds much.
package struct ScriptRun: AdministrativeCall {
    package static let name = "sieve/run"

    /// Which messages, by their UIDs.
    package struct Range: Codable, Sendable {
        /// Messages up to it are passed over.
        package var after: UInt32
        package var through: UInt32

        package init(after: UInt32, through: UInt32) {
            self.after = after
            self.through = through
        }
    }

    package var address: String
    package var mailbox: String
    /// What the script is called in what is told of its mistakes.
    package var script: String
    package var text: String
    package var discarding: StoredFiling.Discarding
    package var isRehearsal: Bool
    /// `nil` for all that are there now.
    package var range: Range?
    /// The mailbox's number, from the first answer, so that one of the same name is not taken for it later.
    package var mailboxID: Int64?

    package init(
        address: String,
        mailbox: String,
        script: String,
        text: String,
        discarding: StoredFiling.Discarding,
        isRehearsal: Bool
    ) {
        self.address = address
        self.mailbox = mailbox
        self.script = script
        self.text = text
        self.discarding = discarding
        self.isRehearsal = isRehearsal
    }

    package struct Output: Codable, Sendable {
        /// In the order of the mailbox.
        package var messages: [RefiledMessage]
        /// What to ask for next; `nil` when the mailbox is done.
        package var next: Range?
        package var mailboxID: Int64
        /// Messages in the mailbox now.
        package var count: Int
    }
}
