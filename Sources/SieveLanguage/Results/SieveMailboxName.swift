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
        left == right || Self.isInbox(left) && Self.isInbox(right)
    }
}
