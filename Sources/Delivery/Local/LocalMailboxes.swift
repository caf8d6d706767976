package import Directory
package import MailStore
package import MailTypes

/// The recipients that are here: who they are, and how their mail is put into mailboxes.
package struct LocalMailboxes: Sendable {
    /// Who a path means now. Aliases may have changed since the message came.
    package var resolve: @Sendable (ForwardPath) -> Resolution
    package var deliver: @Sendable (LocalDelivery, @escaping @Sendable ([DeliveryOutcome]) -> Void) -> Void

    package init(
        resolve: @escaping @Sendable (ForwardPath) -> Resolution,
        deliver: @escaping @Sendable (LocalDelivery, @escaping @Sendable ([DeliveryOutcome]) -> Void) -> Void
    ) {
        self.resolve = resolve
        self.deliver = deliver
    }

    package init(directory: Directory, store: MailStore) {
        self.init(
            resolve: { directory.resolve($0) },
            deliver: { store.deliver($0, completion: $1) }
        )
    }
}
