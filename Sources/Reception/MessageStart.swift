internal import MailBytes

/// What a message begins with, and so what must part it from the fields we write before it.
///
/// Our last field would go on in a first line that begins with a blank, and a first line that is no field at all would
/// stand in a header that ends nowhere. It is decided once, when the message has come in, before anything reads it:
/// what is written before the message later finds it parted. RFC 5322 §2.1, §2.2.3.
enum MessageStart: Hashable {
    /// A header field, or the empty line before the body: it may follow ours as it is.
    case header
    /// Anything else: the message has no header, and all of it is body.
    case body
    /// The line that parts messages in a file of them, which some programs leave in front of the header.
    case mailboxLine

    /// - Parameter message: from its first byte, without what we wrote before it.
    init(_ message: Span<UInt8>) {
        guard message.count > 0, !Self.isEmptyLine(message) else {
            self = .header
            return
        }
        var end = 0
        while end < message.count, Self.isNameByte(message[end]) { end += 1 }
        let nameEnd = end
        while end < message.count, ASCII.isBlank(message[end]) { end += 1 }
        if nameEnd > 0, end < message.count, message[end] == UInt8(ascii: ":") {
            self = .header
        } else {
            self = Self.isMailboxLine(message) ? .mailboxLine : .body
        }
    }

    /// What is put between our fields and the message.
    var separator: StaticString {
        switch self {
        case .header: ""
        case .body: "\r\n"
        case .mailboxLine: "X-Mailbox-Line: "
        }
    }

    private static func isEmptyLine(_ message: Span<UInt8>) -> Bool {
        if message[0] == ASCII.lineFeed { return true }
        return message.count > 1 && message[0] == ASCII.carriageReturn && message[1] == ASCII.lineFeed
    }

    private static func isMailboxLine(_ message: Span<UInt8>) -> Bool {
        let start = "From ".utf8
        return message.count > start.count && start.enumerated().allSatisfy { message[$0.offset] == $0.element }
    }

    /// `ftext = %d33-57 / %d59-126`
    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ":")
    }
}
