internal import MailBytes
internal import MailTypes

extension OutputRawSpan {
    /// Names of flags, parted by spaces; bits without a name are left out.
    @inline(__always)
    mutating func put(_ flags: FlagSet, _ names: FlagNames, isRecent: Bool) {
        var bits = flags.rawValue
        var needsSpace = isRecent
        if isRecent { self.put("\\Recent") }
        while bits != 0 {
            let bit = bits.trailingZeroBitCount
            bits &= bits - 1
            guard names.hasName(bit) else { continue }
            if needsSpace { self.append(0x20) }
            names.put(bit, into: &self)
            needsSpace = true
        }
    }
}
