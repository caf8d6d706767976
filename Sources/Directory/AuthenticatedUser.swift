package import MailTypes

/// Somebody who has proved to be the owner of an account. Only the directory makes these.
package struct AuthenticatedUser: Hashable, Sendable {
    package let account: AccountID
    /// The full name, whatever short form was typed: `alice@example.org`.
    package let login: String

    init(account: AccountID, login: String) {
        self.account = account
        self.login = login
    }
}

/// What came of a login.
package enum AuthenticationResult: Hashable, Sendable {
    case accepted(AuthenticatedUser)
    /// Unknown name, wrong password, suspended: never told apart.
    case denied
    /// It could not be judged now (too many are waiting); the client should try again.
    case unavailable
}
