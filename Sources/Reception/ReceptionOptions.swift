package import MailTypes

/// What reception goes by, from the configuration. Can be replaced while it runs.
package struct ReceptionOptions: Sendable {
    /// Our name in `Received:` and in message ids we make.
    package var hostName: String
    /// Whether there is a way to an address that is not here. What has none is refused, so that nothing is taken that
    /// can only come back.
    package var hasRoute: @Sendable (EmailAddress) -> Bool = { _ in true }
    /// Networks whose hosts may send to anywhere without logging in.
    package var trustedNetworks: NetworkList
    /// `Received` fields a message may come with; more of them mean that it goes in circles. RFC 5321 §6.3.
    package var receivedMax: Int
    /// Whether mail for a full mailbox is refused for good, so that its sender learns at once; else for now.
    package var isOverQuotaPermanent: Bool
    /// Whether mail for `alice+list` goes to the mailbox `list` where there is one. Else a sub-address is only a name.
    package var filesByDetail: Bool
    /// What is done with mail that does not come from whom it says.
    package var senderPolicy = SenderPolicy()
    /// The domain whose key seals mail of others that aliases send on; that of the host's name when `nil`.
    package var sealer: Domain?

    package init(hostName: String, trustedNetworks: NetworkList = .none) {
        self.hostName = hostName
        self.trustedNetworks = trustedNetworks
        self.receivedMax = 50
        self.isOverQuotaPermanent = true
        self.filesByDetail = false
    }
}
