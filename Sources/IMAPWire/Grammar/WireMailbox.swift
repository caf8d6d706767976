/// A mailbox's name as a client gave it, decoded from modified UTF-7, not yet checked to be a name we would keep.
///
/// `INBOX` is folded to upper case, alone or as the first of several levels. RFC 9051 §5.1, RFC 3501 §5.1.3.
package struct WireMailbox: Hashable, Sendable {
    package let name: String

    /// - Parameter name: UTF-8, levels separated by `/`.
    package init(_ name: String) {
        self.name = Self.beginsWithInbox(name) ? "INBOX" + name.dropFirst(5) : name
    }

    private static func beginsWithInbox(_ name: String) -> Bool {
        let bytes = name.utf8
        guard bytes.count >= 5, zip(bytes, "INBOX".utf8).allSatisfy({ $0 & 0xDF == $1 }) else { return false }
        let next = bytes.dropFirst(5).first
        return next == nil || next == UInt8(ascii: "/")
    }
}
