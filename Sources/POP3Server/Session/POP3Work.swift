internal import POP3Wire
internal import Sessions

/// What has to wait for the disk, the directory or the socket, and so runs in a task.
enum POP3Work {
    case login(LoginWork)
    case retrieve([Retrieval])
    /// LIST or UIDL of all messages.
    case listing(POP3Listing)
    case quit
    /// The socket has to take what it was given before more is made.
    case drain
}

/// Which number stands behind a message's own.
enum POP3Listing: Hashable {
    case octets
    case uniqueIDs
}
