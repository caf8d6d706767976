/// How a check of a claimed sender came out, in the words of RFC 8601 §2.7.
package enum AuthVerdict: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// There was nothing to check.
    case none
    case pass
    case fail
    /// SPF only: the domain says "probably not".
    case softfail
    /// Nothing can be said either way.
    case neutral
    /// It would pass, but not by our own rules.
    case policy
    /// It may come out otherwise later.
    case temperror
    /// It can never come out: what the sender published or wrote is wrong.
    case permerror

    package var description: String { self.rawValue }
}
