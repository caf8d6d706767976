internal import IMAPWire
internal import Sessions

/// A piece of work that has to wait for the store or the directory, and so runs in a task.
enum IMAPWork: Sendable {
    case command(IMAPRequest)
    case login(LoginWork)
    case append(IMAPFrame)
    /// Something changed in the mailbox that an IDLE watches.
    case news
}
