internal import IMAPWire
internal import SASL

/// A piece of work that has to wait for the store or the directory, and so runs in a task.
enum IMAPWork: Sendable {
    case command(IMAPRequest)
    /// A password to be looked at by the directory.
    case login(tag: String, PasswordClaim)
    /// What a SASL exchange asks for next.
    case authentication(SASLServerAction)
    case append(IMAPFrame)
    /// Something changed in the mailbox that an IDLE watches.
    case news
}
