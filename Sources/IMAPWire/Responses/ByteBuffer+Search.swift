package import MailTypes
package import NIOCore

extension ByteBuffer {
    /// `* SEARCH 2 84 882 (MODSEQ 917162500)`; the modseq only beside results. RFC 3501 §7.2.5, RFC 7162 §3.1.5.
    package mutating func writeSearch(_ numbers: some Sequence<UInt32>, modSeq: ModSeq? = nil) {
        self.writeStaticString("* SEARCH")
        var isEmpty = true
        for number in numbers {
            self.writeInteger(UInt8(ascii: " "))
            self.writeDecimal(number)
            isEmpty = false
        }
        if let modSeq, !isEmpty {
            self.writeStaticString(" (MODSEQ ")
            self.writeDecimal(Int(modSeq.rawValue))
            self.writeInteger(UInt8(ascii: ")"))
        }
        self.writeStaticString("\r\n")
    }

    /// `* ESEARCH (TAG "A282") UID MIN 2 COUNT 3` (RFC 4731 §3.1).
    package mutating func writeESearch(_ result: ESearchResponse) {
        self.writeStaticString("* ESEARCH (TAG \"")
        self.writeString(result.tag)
        self.writeStaticString(result.numbering == .uid ? "\") UID" : "\")")
        self.writeSearchItem(" MIN ", result.minimum.map(Int.init))
        self.writeSearchItem(" MAX ", result.maximum.map(Int.init))
        if let all = result.all, !all.isEmpty {
            self.writeStaticString(" ALL ")
            self.writeNumberSet(all)
        }
        self.writeSearchItem(" COUNT ", result.count)
        self.writeSearchItem(" MODSEQ ", result.modSeq.map { Int($0.rawValue) })
        self.writeStaticString("\r\n")
    }

    private mutating func writeSearchItem(_ label: StaticString, _ value: Int?) {
        guard let value else { return }
        self.writeStaticString(label)
        self.writeDecimal(value)
    }
}
