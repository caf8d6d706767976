/// Makes an account with its mailboxes.
package struct AccountAdd: AdministrativeCall {
    package static let name = "account/add"
    package var address: String
    /// In clear; it travels over the owner's unix socket only.
    package var password: String?
    /// A hash from another system instead of a password.
    package var passwordHash: String?
    package var isAdmin: Bool
    package var quotaOctets: Int?
    package var quotaMessages: Int?

    package init(
        address: String,
        password: String?,
        passwordHash: String?,
        isAdmin: Bool,
        quotaOctets: Int?,
        quotaMessages: Int?
    ) {
        self.address = address
        self.password = password
        self.passwordHash = passwordHash
        self.isAdmin = isAdmin
        self.quotaOctets = quotaOctets
        self.quotaMessages = quotaMessages
    }
}

package struct AccountList: AdministrativeCall {
    package static let name = "account/list"
    /// Only addresses that contain this; empty means all.
    package var containing: String
    /// `nil` means all.
    package var domain: String?
    package var limit: Int

    package init(containing: String, domain: String? = nil, limit: Int) {
        self.containing = containing
        self.domain = domain
        self.limit = limit
    }

    package struct Row: Codable, Sendable {
        package var id: Int64
        package var address: String
        package var state: String
        package var isAdmin: Bool
        package var quotaOctets: Int?
        package var quotaMessages: Int?
    }
}

package struct AccountShow: AdministrativeCall {
    package static let name = "account/show"
    package var address: String

    package init(address: String) {
        self.address = address
    }

    package struct Output: Codable, Sendable {
        package var id: Int64
        package var address: String
        package var state: String
        package var isAdmin: Bool
        package var passwordScheme: String?
        package var canUseSCRAM: Bool
        package var aliases: [String]
        package var octets: Int
        package var messages: Int
        package var quotaOctets: Int?
        package var quotaMessages: Int?
        package var created: String
    }
}

package struct AccountPassword: AdministrativeCall {
    package static let name = "account/password"
    package var address: String
    package var password: String?
    package var passwordHash: String?

    package init(address: String, password: String?, passwordHash: String?) {
        self.address = address
        self.password = password
        self.passwordHash = passwordHash
    }
}

/// Sets both limits of an account; `nil` means none.
package struct AccountQuota: AdministrativeCall {
    package static let name = "account/quota"
    package var address: String
    package var octets: Int?
    package var messages: Int?

    package init(address: String, octets: Int?, messages: Int?) {
        self.address = address
        self.octets = octets
        self.messages = messages
    }
}

/// Stops an account, or lets it go on: while it is stopped nobody can log in to it, its open sessions end, and mail for
/// it is put off.
package struct AccountSuspension: AdministrativeCall {
    package static let name = "account/suspension"
    package var address: String
    package var isSuspended: Bool

    package init(address: String, isSuspended: Bool) {
        self.address = address
        self.isSuspended = isSuspended
    }
}

/// Removes an account with all its mail.
package struct AccountRemove: AdministrativeCall {
    package static let name = "account/remove"
    package var address: String

    package init(address: String) {
        self.address = address
    }
}

/// Removes the mail of an account that the directory does not know, as an interrupted removal or an older directory
/// leave it.
package struct AccountForget: AdministrativeCall {
    package static let name = "account/forget"
    /// The account's number.
    package var id: Int64

    package init(id: Int64) {
        self.id = id
    }
}
