package import MailTypes
package import NIOCore

/// One client command, read whole and found to be well formed. RFC 1939, RFC 2449, RFC 2595, RFC 5034.
package enum POP3Command: Hashable, Sendable {
    case user(String)
    case pass(Secret)
    case stat
    /// A message number, 1 or above; `nil` for all messages.
    case list(Int?)
    case retr(Int)
    case dele(Int)
    case noop
    case rset
    case quit
    case uidl(Int?)
    /// The header and that many lines of the body.
    case top(Int, lines: Int)
    case capa
    case stls
    /// The mechanism in capitals, `nil` to ask for a list of them; the initial response still in base64, empty for `=`.
    case auth(mechanism: String?, initialResponse: ByteBuffer?)
}
