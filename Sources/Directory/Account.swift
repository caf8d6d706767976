package import MailTypes

/// Whether an account's mail comes in and its owner may log in.
package enum AccountState: Int, Hashable, Sendable {
    case active = 1
    /// Mail for it is refused for now, and nobody logs in; what it holds stays.
    case suspended = 2
}

/// One person's or one role's account, as administration sees it: everything but its password.
package struct Account: Hashable, Sendable {
    package let id: AccountID
    /// Lower-cased.
    package let localPart: String
    package let domain: Domain
    package let state: AccountState
    package let isAdmin: Bool
    /// `nil` means no limit.
    package let quotaOctets: Int?
    /// `nil` means no limit.
    package let quotaMessages: Int?
    package let created: Instant
    /// The stored password's scheme, such as `argon2id` or `sha512-crypt`; `nil` when nobody can log in by password.
    package let passwordScheme: String?
    /// Whether the account can log in by SCRAM as it stands.
    package let hasSCRAM: Bool

    /// The full login name, which is also its address: `alice@example.org`.
    package var login: String { "\(self.localPart)@\(self.domain.name)" }

    package var address: EmailAddress { EmailAddress(localPart: self.localPart, domain: self.domain) }
}

/// An account to be made.
package struct NewAccount: Sendable {
    package var address: EmailAddress
    package var password: NewPassword
    package var isAdmin: Bool
    package var quotaOctets: Int?
    package var quotaMessages: Int?

    package init(
        address: EmailAddress,
        password: NewPassword,
        isAdmin: Bool = false,
        quotaOctets: Int? = nil,
        quotaMessages: Int? = nil
    ) {
        self.address = address
        self.password = password
        self.isAdmin = isAdmin
        self.quotaOctets = quotaOctets
        self.quotaMessages = quotaMessages
    }
}

/// A password to be stored.
package enum NewPassword: Sendable {
    /// In clear: hashed as the configuration says before anything is written.
    case clear(Secret)
    /// In clear, kept in clear: for throw-away demo and benchmark accounts, which are made by the thousand.
    case throwaway(Secret)
    /// A hash from another system: crypt(3), PHC, or `{SCHEME}` as Dovecot writes it.
    case imported(String)
    /// Nobody logs in.
    case none
}

/// A second name for one or several accounts or outside addresses.
package struct Alias: Hashable, Sendable {
    package let address: EmailAddress
    /// In the order they were given, local ones lower-cased.
    package let targets: [EmailAddress]

    package init(address: EmailAddress, targets: [EmailAddress]) {
        self.address = address
        self.targets = targets
    }
}

/// A domain whose mail is for accounts here.
package struct DomainSummary: Hashable, Sendable {
    package let domain: Domain
    package let accounts: Int
    package let aliases: Int
    /// Logins without a domain mean this one.
    package let isDefault: Bool
}
