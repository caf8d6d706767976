internal import MailBytes
internal import MailTypes

extension WireCursor {
    /// What follows `STORE `.
    ///
    ///     store           = sequence-set [SP store-modifiers] SP store-att-flags
    ///     store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
    ///
    /// RFC 9051 §9, RFC 7162 §7.
    package mutating func takeStore(_ numbering: Numbering) throws(WireSyntaxError) -> StoreRequest {
        try self.whole { cursor throws(WireSyntaxError) in
            let messages = try cursor.takeMessageSet()
            try cursor.expectSpace()
            var unchangedSince: ModSeq?
            if cursor.next == UInt8(ascii: "(") {
                unchangedSince = try cursor.takeStoreModifiers()
                try cursor.expectSpace()
            }
            let (operation, isSilent) = try cursor.takeStoreItem()
            try cursor.expectSpace()
            var flags = FlagSelection()
            if cursor.next == UInt8(ascii: "(") {
                flags = try cursor.takeFlagList()
            } else {
                try cursor.takeFlags(into: &flags)
            }
            return StoreRequest(
                numbering: numbering,
                messages: messages,
                operation: operation,
                isSilent: isSilent,
                flags: flags,
                unchangedSince: unchangedSince
            )
        }
    }

    private mutating func takeStoreItem() throws(WireSyntaxError) -> (StoreRequest.Operation, isSilent: Bool) {
        let start = self.syntaxError(.storeItem)
        var operation = StoreRequest.Operation.replace
        if self.skip(UInt8(ascii: "+")) {
            operation = .add
        } else if self.skip(UInt8(ascii: "-")) {
            operation = .remove
        }
        switch try self.takeName(.storeItem) {
        case "FLAGS": return (operation, false)
        case "FLAGS.SILENT": return (operation, true)
        default: throw start
        }
    }

    /// `"UNCHANGEDSINCE" SP mod-sequence-valzer` in its parentheses. RFC 7162 §7.
    private mutating func takeStoreModifiers() throws(WireSyntaxError) -> ModSeq {
        try self.expectOpen()
        guard self.skipName("UNCHANGEDSINCE") else { throw self.syntaxError(.storeModifier) }
        try self.expectSpace()
        let modSeq = try self.takeModSeq()
        try self.expectClose()
        return modSeq
    }
}
