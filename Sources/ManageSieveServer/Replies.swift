internal import MailStore
internal import ManageSieveWire
internal import SieveLanguage
internal import Storage

/// Every refusal and failure as the client reads it. Constant texts, but for what a user is told of their own script:
/// nothing of ours gets out by them.
extension ManageSieveReply {
    static let greeting = Self.done("Martlet is ready")
    static let capabilityCompleted = Self.done("CAPABILITY completed")
    static let beginTLS = Self.done("Begin TLS negotiation now")
    static let encrypted = Self.done("TLS is on")
    static let goodbye = Self.done("Bye")
    static let loggedOut = Self.done("Logged out")

    static let onlyBeforeLogin = Self.refused("Only before login")
    static let needsLogin = Self.refused("Log in first")
    static let alreadyEncrypted = Self.refused("TLS is on already")
    static let encryptionUnavailable = Self.refused("TLS is not available")
    static let needsEncryption = Self.refused("Passwords are taken over TLS only; use STARTTLS first", .encryptNeeded)
    /// Where there is no TLS to be had.
    static let tooWeak = Self.refused("Passwords are not taken on this connection", .authTooWeak)
    static let unknownMechanism = Self.refused("Unknown or unsuitable mechanism")

    static let loginFailed = Self.refused("Name or password is wrong")
    static let loginCancelled = Self.refused("Login was cancelled")
    static let loginMalformed = Self.refused("Login could not be read")
    static let loginUnavailable = Self.refused("Logins cannot be checked now; try again later", .tryLater)

    /// Before login, where nobody has a quota yet.
    static let tooLarge = Self.refused("Too large")
    static let scriptTooLarge = Self.refused("The script is too large", .quotaMaxSize)
    static let checksUnavailable = Self.refused("Scripts cannot be checked now; try again later", .tryLater)

    static let tooManyErrors = Self.bye("Too many errors")
    static let tooManyFailedLogins = Self.bye("Too many failed logins")
    static let accountClosed = Self.bye("The account has been closed")
    static let autologout = Self.bye("Silent for too long")
    static let shuttingDown = Self.bye("Shutting down", .tryLater)
}

// MARK: - What the store says

extension ManageSieveReply {
    /// What a client is told of an error, and whether it is worth a line in the log.
    static func answer(to error: any Error) -> (reply: Self, isFailure: Bool) {
        switch error {
        case let reply as ManageSieveReply: (reply, false)
        case let error as ScriptError: Self.answer(to: error)
        case let error as StorageError where error.code == .diskFull:
            (.refused("The disk is full; try again later", .tryLater), true)
        default: (.refused("The store cannot do that now; try again later", .tryLater), true)
        }
    }

    private static func answer(to error: ScriptError) -> (reply: Self, isFailure: Bool) {
        switch error {
        case .noSuchAccount: (.refused("The account cannot be opened", .tryLater), true)
        case .noSuchScript: (.refused("There is no such script", .nonexistent), false)
        case .scriptExists: (.refused("There is such a script already", .alreadyExists), false)
        case .scriptIsActive: (.refused("The script is active", .active), false)
        case .invalidName: (ManageSieveSyntaxError(.scriptName, at: 0).reply, false)
        case .tooManyScripts: (.refused("The account has too many scripts", .quotaMaxScripts), false)
        case .scriptsTooLarge: (.refused("The scripts of the account are too large together", .quota), false)
        }
    }
}

// MARK: - What the compiler says

extension ManageSieveReply {
    /// All that is wrong with a script, a line for each thing.
    static func errors(in compilation: SieveCompilation) -> Self {
        .refused(Self.list(compilation.diagnostics))
    }

    /// The script is right, though perhaps not all of it is meant.
    static func checked(_ compilation: SieveCompilation, done: String) -> Self {
        compilation.warnings.isEmpty ? .done(done) : .done(Self.list(compilation.warnings), .warnings)
    }

    private static func list(_ diagnostics: [SieveDiagnostic]) -> String {
        diagnostics.map { diagnostic in
            let position = diagnostic.position
            let severity = diagnostic.severity.rawValue
            return "line \(position.line), column \(position.column): \(severity): \(diagnostic.message)"
        }
        .joined(separator: "\r\n")
    }
}
