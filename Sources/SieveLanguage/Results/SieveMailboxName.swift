internal import MailBytes

/// Names of mailboxes as scripts give them: UTF-8, with `/` between levels where the site has it so. RFC 5228 §4.1.
enum SieveMailboxName {
    /// Octets of a name, as IMAP takes them.
    static let octetsMax = 1_024

    static func isInbox(_ name: String) -> Bool {
        name.utf8.count == 5 && name.lowercased() == "inbox"
    }

    /// The name, when it can be one of a mailbox.
    static func name(_ bytes: [UInt8]) -> String? {
        guard !bytes.isEmpty, bytes.count <= Self.octetsMax, UTF8Text.isValid(bytes.span),
            !bytes.contains(where: ASCII.isControl)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func isSame(_ left: String, _ right: String) -> Bool {
        // By octets: to Swift two spellings of one letter are the same, to IMAP they are two mailboxes.
        Self.canonical(left).utf8.elementsEqual(Self.canonical(right).utf8)
    }

    /// The name with INBOX in capitals, which is the same in any case, at the head of a path too. RFC 9051 §5.1.
    static func canonical(_ name: String) -> String {
        guard name.utf8.count >= 5, name.prefix(5).lowercased() == "inbox" else { return name }
        let rest = name.dropFirst(5)
        return rest.isEmpty || rest.first == "/" || rest.first == "." ? "INBOX\(rest)" : name
    }
}
