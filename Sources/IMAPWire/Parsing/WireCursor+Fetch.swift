internal import MailBytes
internal import MailTypes

extension WireCursor {
    /// What follows `FETCH `.
    ///
    ///     fetch = sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
    ///             [SP "(" fetch-modifier *(SP fetch-modifier) ")"]
    ///
    /// RFC 9051 §9, RFC 4466 §2.4.
    package mutating func takeFetch(_ numbering: Numbering) throws(WireSyntaxError) -> FetchRequest {
        try self.whole { cursor throws(WireSyntaxError) in
            let messages = try cursor.takeMessageSet()
            try cursor.expectSpace()
            let items = try cursor.takeFetchItems()
            var request = FetchRequest(numbering: numbering, messages: messages, items: items)
            if cursor.skip(ASCII.space) { request.changedSince = try cursor.takeFetchModifiers() }
            return request
        }
    }

    /// One item, a macro, or items in parentheses (where macros do not belong).
    package mutating func takeFetchItems() throws(WireSyntaxError) -> [FetchItem] {
        if self.skipName("ALL") { return [.flags, .internalDate, .rfc822Size, .envelope] }
        if self.skipName("FAST") { return [.flags, .internalDate, .rfc822Size] }
        if self.skipName("FULL") { return [.flags, .internalDate, .rfc822Size, .envelope, .body] }
        guard self.next == UInt8(ascii: "(") else { return [try self.takeFetchItem()] }
        return try self.whole { cursor throws(WireSyntaxError) in
            try cursor.expectOpen()
            var items: [FetchItem] = []
            repeat {
                guard items.count < IMAPLimits.fetchItemsMax else { throw cursor.syntaxError(.fetchItemCount) }
                items.append(try cursor.takeFetchItem())
            } while cursor.skip(ASCII.space)
            try cursor.expectClose()
            return items
        }
    }

    /// One `fetch-att`. RFC 9051 §9, RFC 3501 §9, RFC 7162 §7.
    package mutating func takeFetchItem() throws(WireSyntaxError) -> FetchItem {
        try self.whole { cursor throws(WireSyntaxError) in
            let start = cursor.syntaxError(.fetchItem)
            let name = try cursor.takeName(.fetchItem)
            let hasSection = cursor.next == UInt8(ascii: "[")
            switch name {
            case "BODY" where hasSection: return try cursor.takeSectionItem(isPeek: false)
            case "BODY.PEEK" where hasSection: return try cursor.takeSectionItem(isPeek: true)
            case "UID": return .uid
            case "FLAGS": return .flags
            case "INTERNALDATE": return .internalDate
            case "ENVELOPE": return .envelope
            case "BODYSTRUCTURE": return .bodyStructure
            case "BODY": return .body
            case "RFC822.SIZE": return .rfc822Size
            case "MODSEQ": return .modSeq
            case "RFC822": return .rfc822
            case "RFC822.HEADER": return .rfc822Header
            case "RFC822.TEXT": return .rfc822Text
            default: throw start
            }
        }
    }

    private mutating func takeSectionItem(isPeek: Bool) throws(WireSyntaxError) -> FetchItem {
        let section = try self.takeSection()
        guard self.next == UInt8(ascii: "<") else { return .section(section, partial: nil, isPeek: isPeek) }
        return .section(section, partial: try self.takePartial(), isPeek: isPeek)
    }

    /// `partial = "<" number "." nz-number ">"` (RFC 9051 §9).
    private mutating func takePartial() throws(WireSyntaxError) -> FetchPartial {
        try self.expect(UInt8(ascii: "<"), .partial)
        let origin = try self.takeNumber()
        try self.expect(ASCII.dot, .partial)
        let octets = try self.takeNonZeroNumber()
        try self.expect(UInt8(ascii: ">"), .partial)
        return FetchPartial(origin: origin, octets: octets)
    }

    /// `chgsince-fetch-mod = "CHANGEDSINCE" SP mod-sequence-value` (RFC 7162 §7), in its parentheses.
    private mutating func takeFetchModifiers() throws(WireSyntaxError) -> ModSeq {
        try self.expectOpen()
        guard self.skipName("CHANGEDSINCE") else { throw self.syntaxError(.fetchModifier) }
        try self.expectSpace()
        let modSeq = try self.takeModSeq()
        try self.expectClose()
        return modSeq
    }
}
