/// How much of what one SMTP peer may send; each bound is settable and named in the answer when it is hit.
package struct SMTPLimits: Hashable, Sendable {
    /// Octets of a command line, CRLF included. The standard's 512 and what each extension adds to MAIL and RCPT
    /// (RFC 5321 §4.5.3.1.4, RFC 1870 §3, RFC 2852 §2, RFC 3461 §5.4, RFC 4954 §3, RFC 6531 §3.5) stay below this.
    package var commandLineOctetsMax = 2_048
    /// Octets of an AUTH line or of a client's answer within AUTH, CRLF included. RFC 4954 §4 asks for this many,
    /// which Kerberos tickets need.
    package var authLineOctetsMax = 12_288
    /// Octets of one over-long line that are read and thrown away while its end is looked for. Enough to answer 500
    /// to a client that sent a message where a command belongs; beyond it the client is not speaking SMTP.
    package var discardedOctetsMax = 65_536
    /// Octets of a local part, unquoted. RFC 5321 §4.5.3.1.1 names 64, but the return paths of large list senders
    /// are longer.
    package var localPartOctetsMax = 256
    /// Octets of a domain. RFC 5321 §4.5.3.1.2.
    package var domainOctetsMax = 255
    /// Octets of an ENVID, as sent. RFC 3461 §4.4.
    package var envelopeIDOctetsMax = 100
    /// Octets of an ORCPT, as sent. RFC 3461 §4.2.
    package var originalRecipientOctetsMax = 500
    /// Octets of an `AUTH=` identity, as sent. RFC 4954 §3 adds 500 to the line for it.
    package var submitterOctetsMax = 500
    /// Parameters of one MAIL or RCPT. All that exist are fewer.
    package var parametersMax = 16
    /// Octets of one line of a server's reply. RFC 5321 §4.5.3.1.5 names 512; servers with long texts exceed it.
    package var replyLineOctetsMax = 4_096
    /// Lines of one reply: EHLO answers have some twenty, a hostile server has no end.
    package var replyLinesMax = 100
    /// Octets of one reply, all lines together: bounds what a hostile server makes us hold.
    package var replyOctetsMax = 32_768

    package init() {}
}
