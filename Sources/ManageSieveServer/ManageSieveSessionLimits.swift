/// Every bound on one ManageSieve session that is not about its bytes (those are `ManageSieveLimits`), with its reason.
package struct ManageSieveSessionLimits: Hashable, Sendable {
    /// Silence before login after which we hang up: people type no ManageSieve.
    package var loginTimeout: Duration = .seconds(60)
    /// Silence after login; 30 minutes is the least that RFC 5804 allows.
    package var autologout: Duration = .seconds(30 * 60)
    /// Failed logins on one connection; guessing costs a new connection each time.
    package var failedLoginsMax = 5
    /// Wait before a failed login is answered, so that guessing is slow and the answer tells nothing by its time.
    package var loginDelay: Duration = .seconds(2)
    /// Commands we could not read, or which came out of order, before login.
    package var errorsBeforeLoginMax = 10
    /// The same after login.
    package var errorsMax = 100
    /// Octets read of the socket and not yet looked at, while a command runs, before we stop reading.
    package var bufferedOctetsMax = 256 * 1_024
    /// How long a client may take nothing of what it asked for.
    package var writeTimeout: Duration = .seconds(5 * 60)
    /// Scripts of all sessions that wait to be checked; each may be held in memory meanwhile.
    package var checksWaitingMax = 32

    package init() {}
}
