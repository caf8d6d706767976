/// A change to the directory that was declined, or could not be made, and what to do about it.
package struct DirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// The name is taken.
        case exists
        /// No such domain, account or alias.
        case unknown
        /// Something else still needs it.
        case inUse
        case invalidName
        /// An alias would lead back to itself.
        case loop
        /// An alias would lead to more, or deeper, than is allowed.
        case tooLarge
        /// A password or a password hash that can never work.
        case invalidPassword
        /// The disk or the database failed; nothing was changed.
        case storage
        /// Too much waits to be hashed; try again.
        case busy
    }

    package let code: Code
    /// What is wrong, with the name it is about.
    package let problem: String
    /// What the postmaster can do.
    package let advice: String

    package init(_ code: Code, _ problem: String, advice: String) {
        self.code = code
        self.problem = problem
        self.advice = advice
    }

    package var description: String { "\(self.problem). \(self.advice)" }
}
