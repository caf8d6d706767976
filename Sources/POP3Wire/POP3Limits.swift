/// How much of what one POP3 client may send; each bound is settable and named in the answer when it is hit.
package struct POP3Limits: Hashable, Sendable {
    /// Octets of a command line, CRLF included. RFC 2449 §4 names 255; passwords that are tokens are longer.
    package var commandLineOctetsMax = 2_048
    /// Octets of an AUTH line or of a client's answer within AUTH, CRLF included: Kerberos tickets need this many.
    package var authLineOctetsMax = 12_288
    /// Octets of one over-long line that are read and thrown away while its end is looked for; beyond it the client is
    /// not speaking POP3.
    package var discardedOctetsMax = 65_536

    package init() {}
}
