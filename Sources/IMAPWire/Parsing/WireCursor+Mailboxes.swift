internal import MailBytes
internal import MailTypes

extension WireCursor {
    /// A mailbox's name, decoded.
    ///
    ///     mailbox = "INBOX" / astring
    ///
    /// RFC 3501 §9, §5.1.3. A name that is not proper modified UTF-7 is a syntax error here, so that no two spellings
    /// reach one mailbox.
    package mutating func takeMailbox() throws(WireSyntaxError) -> WireMailbox {
        try self.whole { cursor throws(WireSyntaxError) in
            let start = cursor.syntaxError(.mailbox)
            let bytes = try cursor.takeAString()
            guard bytes.count <= IMAPLimits.mailboxOctetsMax, let name = ModifiedUTF7.decode(bytes) else { throw start }
            return WireMailbox(name)
        }
    }

    /// `list-mailbox = 1*list-char / string` (RFC 9051 §9).
    package mutating func takeMailboxPattern() throws(WireSyntaxError) -> MailboxPattern {
        try self.whole { cursor throws(WireSyntaxError) in
            let start = cursor.syntaxError(.mailboxPattern)
            let bytes: [UInt8]
            if cursor.next == ASCII.quote || cursor.next == UInt8(ascii: "{") {
                bytes = try cursor.takeString()
            } else {
                let count = cursor.run(limit: IMAPLimits.mailboxOctetsMax, IMAPByteClass.isList)
                guard count > 0 else { throw start }
                bytes = cursor.takeBytes(count)
            }
            guard bytes.count <= IMAPLimits.mailboxOctetsMax, let text = ModifiedUTF7.decode(bytes) else { throw start }
            return MailboxPattern(text)
        }
    }

    /// `status-att-list` in its parentheses. RFC 9051 §9, RFC 8438 §6, RFC 7162 §7, RFC 7889 §5.
    package mutating func takeStatusItems() throws(WireSyntaxError) -> StatusItems {
        try self.whole { cursor throws(WireSyntaxError) in
            try cursor.expectOpen()
            var items: StatusItems = []
            repeat { items.insert(try cursor.takeStatusItem()) } while cursor.skip(ASCII.space)
            try cursor.expectClose()
            return items
        }
    }

    private mutating func takeStatusItem() throws(WireSyntaxError) -> StatusItems {
        let start = self.syntaxError(.statusItem)
        switch try self.takeName(.statusItem) {
        case "MESSAGES": return .messages
        case "RECENT": return .recent
        case "UIDNEXT": return .uidNext
        case "UIDVALIDITY": return .uidValidity
        case "UNSEEN": return .unseen
        case "DELETED": return .deleted
        case "SIZE": return .size
        case "HIGHESTMODSEQ": return .highestModSeq
        case "APPENDLIMIT": return .appendLimit
        default: throw start
        }
    }

    /// `use-attr` of CREATE; `nil` for one we do not know. RFC 6154 §6.
    mutating func takeSpecialUse() throws(WireSyntaxError) -> SpecialUse? {
        try self.whole { cursor throws(WireSyntaxError) in
            try cursor.expect(ASCII.backslash, .specialUse)
            let name = try cursor.takeAtom(limit: 64, .specialUse).lowercased()
            return SpecialUse.allCases.first { $0.rawValue.dropFirst().lowercased() == name }
        }
    }
}
