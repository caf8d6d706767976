internal import MailBytes
internal import MailTypes

extension WireCursor {
    /// Flags in parentheses.
    ///
    ///     flag-list = "(" [flag *(SP flag)] ")"
    ///
    /// RFC 9051 §9.
    package mutating func takeFlagList() throws(WireSyntaxError) -> FlagSelection {
        try self.whole { cursor throws(WireSyntaxError) in
            try cursor.expect(UInt8(ascii: "("), .flagList)
            var flags = FlagSelection()
            if cursor.skip(UInt8(ascii: ")")) { return flags }
            try cursor.takeFlags(into: &flags)
            try cursor.expectClose()
            return flags
        }
    }

    /// `flag *(SP flag)`, without parentheses, as STORE also allows.
    mutating func takeFlags(into flags: inout FlagSelection) throws(WireSyntaxError) {
        var count = 0
        repeat {
            guard count < IMAPLimits.flagsMax else { throw self.syntaxError(.flagList) }
            try self.takeFlag(into: &flags)
            count += 1
        } while self.skip(ASCII.space)
    }

    /// One flag or keyword.
    ///
    ///     flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword / flag-extension
    ///
    /// RFC 9051 §9. `\Recent`, which no client may set, is read and dropped: clients copy it from what they fetched.
    /// Any other flag with a backslash is refused: the names are the standard's, not a client's to invent.
    private mutating func takeFlag(into flags: inout FlagSelection) throws(WireSyntaxError) {
        let start = self.syntaxError(.flag)
        guard self.skip(ASCII.backslash) else {
            let keyword = try self.takeKeyword(.flag)
            if !flags.keywords.contains(where: { Self.isSame($0, keyword) }) { flags.keywords.append(keyword) }
            return
        }
        switch try self.takeName(.flag) {
        case "SEEN": flags.system.insert(.seen)
        case "ANSWERED": flags.system.insert(.answered)
        case "FLAGGED": flags.system.insert(.flagged)
        case "DELETED": flags.system.insert(.deleted)
        case "DRAFT": flags.system.insert(.draft)
        case "RECENT": break
        default: throw start
        }
    }

    /// `flag-keyword = "$MDNSent" / … / atom` (RFC 9051 §9).
    mutating func takeKeyword(_ expected: WireSyntaxError.Expectation) throws(WireSyntaxError) -> String {
        try self.takeAtom(limit: IMAPLimits.keywordOctetsMax, expected)
    }

    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }
}
