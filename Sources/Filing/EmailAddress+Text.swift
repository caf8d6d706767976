internal import MailTypes

extension EmailAddress {
    /// The address that a script wrote and the language has found to be one; `nil` for anything else, the empty text
    /// among it.
    init?(text: String) {
        guard let at = text.lastIndex(of: "@"), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        let (localPart, domain) = (text[..<at], text[text.index(after: at)...])
        guard !localPart.isEmpty, !domain.isEmpty else { return nil }
        self.init(localPart: String(localPart), domain: Domain(String(domain)))
    }
}
