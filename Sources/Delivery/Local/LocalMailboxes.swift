package import Directory
package import Filing
package import MailStore
package import MailTypes

/// The recipients that are here: who they are, and how their mail is put into mailboxes.
package struct LocalMailboxes: Sendable {
    /// Who a path means now. Aliases may have changed since the message came.
    package var resolve: @Sendable (ForwardPath) -> Resolution
    /// An account's full name; empty when there is no such account any more.
    package var name: @Sendable (AccountID) -> String
    package var deliver: Deliver

    package typealias Deliver =
        @Sendable (LocalDelivery, FilingEnvelope, @escaping @Sendable ([DeliveryOutcome]) -> Void) -> Void

    package init(
        resolve: @escaping @Sendable (ForwardPath) -> Resolution,
        name: @escaping @Sendable (AccountID) -> String,
        deliver: @escaping Deliver
    ) {
        self.resolve = resolve
        self.name = name
        self.deliver = deliver
    }

    package init(directory: Directory, filing: Filing) {
        self.init(
            resolve: { directory.resolve($0) },
            name: { directory.addresses(of: $0).first?.description ?? "" },
            deliver: { filing.deliver($0, $1, completion: $2) }
        )
    }
}
