extension WireCursor {
    /// Parses a sequence set.
    ///
    ///     sequence-set = (seq-number / seq-range) ["," sequence-set]
    ///     seq-range    = seq-number ":" seq-number
    ///     seq-number   = nz-number / "*"
    ///
    /// RFC 9051 §9. The recursion of the grammar is a loop here, so depth is constant.
    package mutating func takeSequenceSet() throws(WireSyntaxError) -> SequenceSet {
        try self.whole { cursor throws(WireSyntaxError) in
            var ranges: [SequenceSet.Range] = []
            repeat {
                guard ranges.count < IMAPLimits.sequenceSetElementsMax else {
                    throw cursor.syntaxError(.sequenceSetSize)
                }
                let first = try cursor.takeBound()
                let last = cursor.skip(UInt8(ascii: ":")) ? try cursor.takeBound() : first
                ranges.append(.init(first, last))
            } while cursor.skip(UInt8(ascii: ","))
            return SequenceSet(ranges: ranges)
        }
    }

    /// `sequence-set =/ seq-last-command ; "$"` (RFC 9051 §9).
    package mutating func takeMessageSet() throws(WireSyntaxError) -> MessageSet {
        if self.skip(UInt8(ascii: "$")) { return .saved }
        guard let next = self.next, next == UInt8(ascii: "*") || (0x30...0x39).contains(next) else {
            throw self.syntaxError(.sequenceSet)
        }
        return .numbers(try self.takeSequenceSet())
    }

    private mutating func takeBound() throws(WireSyntaxError) -> SequenceSet.Bound {
        if self.skip(UInt8(ascii: "*")) { return .highest }
        return .number(try self.takeNonZeroNumber())
    }
}
