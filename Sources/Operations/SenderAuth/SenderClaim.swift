package import MailTypes

/// Who is said to have sent a message, as an administrator types it.
package struct SenderClaim: Sendable {
    /// Who connected.
    package var client: IPAddress
    /// What EHLO gave.
    package var helo: String
    /// `nil` for the null sender.
    package var mailFrom: EmailAddress?

    /// - Parameters:
    ///   - client: an address of IPv4 or IPv6.
    ///   - helo: the client's address in brackets when it is `nil`, as hosts without a name give it.
    ///   - mailFrom: empty or `<>` for the null sender; a domain alone stands for its postmaster.
    package init(client: String, helo: String?, mailFrom: String) throws(OperationError) {
        guard let address = IPAddress(client) else {
            throw OperationError("'\(client)' is no IP address. Give something like 192.0.2.1 or 2001:db8::1")
        }
        self.client = address
        self.helo = helo ?? (address.isIPv4 ? "[\(address)]" : "[IPv6:\(address)]")
        self.mailFrom = try Self.address(mailFrom)
    }

    private static func address(_ text: String) throws(OperationError) -> EmailAddress? {
        let text = text.hasPrefix("<") && text.hasSuffix(">") ? String(text.dropFirst().dropLast()) : text
        guard !text.isEmpty else { return nil }
        let at = text.lastIndex(of: "@")
        let domain = at.map { String(text[text.index(after: $0)...]) } ?? text
        guard !domain.isEmpty, !domain.contains(where: { $0.isWhitespace || $0 == "<" || $0 == ">" }) else {
            throw OperationError("'\(text)' is no sender. Give something like alice@example.org, or '' for none")
        }
        return EmailAddress(localPart: at.map { String(text[..<$0]) } ?? "", domain: Domain(domain))
    }
}
