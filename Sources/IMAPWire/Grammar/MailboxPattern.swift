/// A pattern of LIST: `*` stands for anything, `%` for anything within one level. RFC 9051 §6.3.9.
package struct MailboxPattern: Hashable, Sendable {
    /// Decoded from modified UTF-7.
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// Whether a mailbox's decoded name matches, `INBOX` (alone or as first level) in any case. For many names make one
    /// ``MailboxMatcher``.
    ///
    /// - Parameter reference: put before the pattern as it is, as in `LIST "~/Mail/" "%"`.
    package func matches(_ name: String, reference: String = "") -> Bool {
        MailboxMatcher(self, reference: reference).matches(name)
    }

    /// Whether the pattern, after its reference, contains no wildcard.
    package var isLiteral: Bool { !self.text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "%") } }
}
