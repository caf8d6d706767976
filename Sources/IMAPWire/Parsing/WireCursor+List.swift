internal import MailBytes

extension WireCursor {
    /// What follows `LIST `.
    ///
    ///     list       = [list-select-opts SP] mailbox SP mbox-or-pat [SP list-return-opts]
    ///     mbox-or-pat = list-mailbox / patterns
    ///     patterns    = "(" list-mailbox *(SP list-mailbox) ")"
    ///
    /// RFC 9051 §9, RFC 5258 §6.
    package mutating func takeList() throws(WireSyntaxError) -> ListRequest {
        try self.whole { cursor throws(WireSyntaxError) in
            var request = ListRequest(patterns: [])
            if cursor.next == UInt8(ascii: "(") {
                request.selection = try cursor.takeListSelection()
                request.isExtended = true
                try cursor.expectSpace()
            }
            request.reference = try cursor.takeReference()
            try cursor.expectSpace()
            let tooMany = cursor.syntaxError(.listPatternCount)
            if cursor.next == UInt8(ascii: "(") {
                request.patterns = try cursor.takeListPatterns()
                request.isExtended = true
            } else {
                request.patterns = [try cursor.takeMailboxPattern()]
            }
            guard request.patternOctets <= IMAPLimits.listPatternsOctetsMax else { throw tooMany }
            if cursor.skip(ASCII.space) {
                try cursor.takeListReturns(into: &request)
                request.isExtended = true
            }
            return request
        }
    }

    /// The reference is a mailbox name in form, but `INBOX` is not folded in it.
    mutating func takeReference() throws(WireSyntaxError) -> String {
        try self.whole { cursor throws(WireSyntaxError) in
            let start = cursor.syntaxError(.mailbox)
            let bytes = try cursor.takeAString()
            guard bytes.count <= IMAPLimits.mailboxOctetsMax, let name = ModifiedUTF7.decode(bytes) else { throw start }
            return name
        }
    }

    /// RFC 5258 §3.1: RECURSIVEMATCH stands neither alone nor with REMOTE only.
    private mutating func takeListSelection() throws(WireSyntaxError) -> ListRequest.Selection {
        let beginning = self.syntaxError(.listSelection)
        try self.expectOpen()
        if self.skip(UInt8(ascii: ")")) { return [] }
        var selection: ListRequest.Selection = []
        repeat {
            let start = self.syntaxError(.listSelection)
            switch try self.takeName(.listSelection) {
            case "SUBSCRIBED": selection.insert(.subscribed)
            case "REMOTE": selection.insert(.remote)
            case "RECURSIVEMATCH": selection.insert(.recursiveMatch)
            case "SPECIAL-USE": selection.insert(.specialUse)
            default: throw start
            }
        } while self.skip(ASCII.space)
        try self.expectClose()
        if selection.contains(.recursiveMatch), selection.isDisjoint(with: [.subscribed, .specialUse]) {
            throw beginning
        }
        return selection
    }

    private mutating func takeListPatterns() throws(WireSyntaxError) -> [MailboxPattern] {
        try self.expectOpen()
        var patterns: [MailboxPattern] = []
        repeat {
            guard patterns.count < IMAPLimits.listPatternsMax else { throw self.syntaxError(.listPatternCount) }
            patterns.append(try self.takeMailboxPattern())
        } while self.skip(ASCII.space)
        try self.expectClose()
        return patterns
    }

    ///     list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
    ///     return-option    =/ "STATUS" SP "(" status-att *(SP status-att) ")"
    private mutating func takeListReturns(into request: inout ListRequest) throws(WireSyntaxError) {
        guard self.skipName("RETURN") else { throw self.syntaxError(.listReturn) }
        try self.expectSpace()
        try self.expectOpen()
        if self.skip(UInt8(ascii: ")")) { return }
        repeat {
            let start = self.syntaxError(.listReturn)
            switch try self.takeName(.listReturn) {
            case "SUBSCRIBED": request.returns.insert(.subscribed)
            case "CHILDREN": request.returns.insert(.children)
            case "SPECIAL-USE": request.returns.insert(.specialUse)
            case "STATUS":
                try self.expectSpace()
                request.status = try self.takeStatusItems().union(request.status ?? [])
            default: throw start
            }
        } while self.skip(ASCII.space)
        try self.expectClose()
    }
}

extension ListRequest {
    /// Octets of all that is held against a name, the reference before each pattern.
    fileprivate var patternOctets: Int {
        self.patterns.reduce(self.patterns.count * self.reference.utf8.count) { $0 + $1.text.utf8.count }
    }
}
