/// How much of what one ManageSieve client may send; each bound is settable and named in the answer when it is hit.
package struct ManageSieveLimits: Hashable, Sendable {
    /// Octets of a command without its literals, the last line feed left out. RFC 5804 §4 lets a quoted string have
    /// 1,024; clients also send tickets in one, which need the 12,288 of RFC 4954 §4.9.
    package var lineOctetsMax = 16 * 1_024
    /// Octets of all literals of one command before login, where only logins are sent.
    package var literalOctetsBeforeLoginMax = 16 * 1_024
    /// The same after login: the largest script, and a name beside it.
    package var literalOctetsMax = 1_024 * 1_024 + 1_024
    /// Literals of one command; none has more than two strings.
    package var literalsMax = 4
    /// Octets of a refused command and its literals that are read and thrown away before we close instead: enough for
    /// a script that is far too large, not enough to keep us busy for nothing.
    package var skippedOctetsMax = 64 * 1_024 * 1_024

    package init() {}
}
