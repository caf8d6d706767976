package import MailTypes
package import SieveLanguage

/// What a site decides about scripts at delivery.
package struct FilingOptions: Sendable {
    /// This host, for notices and identifiers.
    package var hostName: String
    /// Run before a user's script, in this order.
    package var before: [SieveProgram] = []
    /// Run after a user's script when that keeps the message, or has none.
    package var after: [SieveProgram] = []
    /// Scripts that users include as `:global`, by name.
    package var library: [String: SieveProgram] = [:]
    package var limits = SieveLimits.atDelivery
    package var settings = SieveSettings.atDelivery
    /// What the site's spam filter leaves in the header; `nil` when scripts are told of no verdict.
    package var spamHeader: SieveFilterHeader?
    /// The domain whose key seals mail of others that scripts send on; that of the host's name when `nil`.
    package var sealer: Domain?
    /// What the site's virus scanner leaves in the header.
    package var virusHeader: SieveFilterHeader?

    /// What `:list` and `redirect :list` know; without any, scripts may not ask for lists.
    package var lists = ExternalLists()
    /// Addresses that one `redirect :list` sends to at most.
    package var listRedirectsMax = 50

    package init(hostName: String) {
        self.hostName = hostName
    }

    /// Who notices to users come from.
    var site: String { "postmaster@\(self.hostName)" }

    /// How whoever runs the server can be reached, as IMAP tells it, too. RFC 5464 §6.2.1.
    package var administrator: String { "mailto:\(self.site)" }

    /// As scripts are checked when they are kept, and compiled when they run.
    package var compiler: SieveCompiler { SieveCompiler(limits: self.limits, settings: self.settings) }

    var hasGlobals: Bool { !self.before.isEmpty || !self.after.isEmpty }
}

extension SieveLimits {
    /// A run holds up a reader of the store, and the sender's client waits for it: a fifth of a second is the most.
    package static var atDelivery: SieveLimits {
        var limits = SieveLimits()
        limits.stepsMax = 2_000_000
        return limits
    }
}

extension SieveSettings {
    /// What the language knows and this server has nothing behind is not offered: lists are where the site has some.
    package static var atDelivery: SieveSettings {
        var settings = SieveSettings()
        settings.withheld = [.extlists]
        settings.writesAsOwnerOnly = true
        return settings
    }
}

/// What scripts can know of a message besides its bytes: for whom it is and how it came.
package struct FilingEnvelope: Sendable {
    /// One recipient of the delivery.
    package struct Recipient: Sendable {
        /// The account's full name, `alice@example.org`.
        package var name: String
        /// As it was addressed.
        package var path: ForwardPath
        package var notify: DSNNotify?
        package var originalRecipient: String?
        /// The copy goes to the Junk mailbox because its sender could not be who it seems to be. As what a filter has
        /// marked, it does not come before the user's own script: the site's alone run.
        package var isQuarantined: Bool

        package init(
            name: String,
            path: ForwardPath,
            notify: DSNNotify? = nil,
            originalRecipient: String? = nil,
            isQuarantined: Bool = false
        ) {
            self.name = name
            self.path = path
            self.notify = notify
            self.originalRecipient = originalRecipient
            self.isQuarantined = isQuarantined
        }
    }

    package var sender: EnvelopeSender
    /// In the order of the delivery's recipients.
    package var recipients: [Recipient]
    /// Who logged in to send it.
    package var user: String?
    /// The client's address as text; empty where there is none.
    package var peer: String
    /// What was found of the sender, by method: `spf` → `pass`. Empty when it was not checked.
    package var verdicts: [String: String]

    package init(
        sender: EnvelopeSender,
        recipients: [Recipient],
        user: String? = nil,
        peer: String = "",
        verdicts: [String: String] = [:]
    ) {
        self.sender = sender
        self.recipients = recipients
        self.user = user
        self.peer = peer
        self.verdicts = verdicts
    }
}
