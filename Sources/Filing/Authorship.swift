internal import MIME
internal import MailTypes

/// Whose name a message that a script has written goes out under.
///
/// A script may write any From, `:from` and a whole header by `:mime` among its means. For the domain of an address
/// that is not its owner's nobody here answers, so such a message is sent unsigned.
enum Authorship {
    /// The domain of the only author, if that is one of `own`; letters' case is not looked at.
    ///
    /// - Parameter own: addresses in whose name the script's owner may write.
    static func domain(of message: [UInt8], own: [String]) -> Domain? {
        var authors: [HeaderAddress] = []
        var fields = 0
        let bytes = message.span
        var scanner = HeaderScanner()
        while let field = scanner.next(in: bytes) {
            guard HeaderName.from.matches(field.name, in: bytes) else { continue }
            fields += 1
            guard let found = AddressList.parseEverything(field.value, in: bytes) else { return nil }
            authors += found
        }
        guard fields == 1, authors.count == 1, let author = authors.first, !author.isBroken,
            let mailbox = author.mailbox, let domain = author.domain
        else { return nil }
        let address = EmailAddress(
            localPart: String(decoding: mailbox, as: UTF8.self),
            domain: Domain(String(decoding: domain, as: UTF8.self))
        )
        let text = address.description.lowercased()
        return own.contains { $0.lowercased() == text } ? address.domain : nil
    }
}
