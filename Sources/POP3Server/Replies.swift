internal import POP3Wire

/// Every refusal and failure as the client reads it. Constant texts: nothing of ours gets out by them.
extension POP3Reply {
    static let greeting = Self.done("Martlet is ready")
    static let goodbye = Self.done("Bye")
    static let goAhead = Self.done("")
    static let nameTaken = Self.done("Send PASS")
    static let beginTLS = Self.done("Begin TLS negotiation")

    static let onlyBeforeLogin = Self.refused("Only before login")
    static let needsLogin = Self.refused("Log in first")
    static let needsName = Self.refused("Send USER first")
    static let needsEncryption = Self.refused("Passwords are taken over TLS only; send STLS first")
    static let alreadyEncrypted = Self.refused("TLS is on already")
    static let encryptionUnavailable = Self.refused("TLS is not available")
    static let unknownMechanism = Self.refused("Unknown or unsuitable mechanism")
    static let tooManyErrors = Self.refused("Too many errors")

    static let loginFailed = Self.refused("Name or password is wrong", .authentication)
    static let loginCancelled = Self.refused("Login was cancelled")
    static let loginMalformed = Self.refused("Login could not be read", .authentication)
    static let loginUnavailable = Self.refused("Logins cannot be checked now; try again later", .temporaryTrouble)
    static let maildropInUse = Self.refused("Another session reads this mail; try again later", .inUse)
    static let maildropUnavailable = Self.refused("Mail cannot be read now; try again later", .temporaryTrouble)

    static let noSuchMessage = Self.refused("No such message")
    static let messageIsGone = Self.refused("Message is gone; another program removed it")
    static let messageUnavailable = Self.refused("Message cannot be read now", .temporaryTrouble)
    static let notDeleted = Self.refused("Deleted messages could not be removed", .temporaryTrouble)

    static let accountClosed = Self.refused("The account has been closed", .permanentTrouble)
    static let autologout = Self.refused("Silent for too long", .temporaryTrouble)
    static let shuttingDown = Self.refused("Shutting down", .temporaryTrouble)
}
