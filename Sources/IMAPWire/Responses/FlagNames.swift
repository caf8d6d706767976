internal import MailBytes
package import MailTypes
package import NIOCore

/// The names on the wire of the 63 bits of an account's flag sets, ready to be copied into a response.
///
/// Build one per account registry and share it; it is a value around two arrays.
package struct FlagNames: Hashable, Sendable {
    /// All names one after the other.
    private let text: [UInt8]
    /// Where in `text` the name of each bit begins, and behind the last where it ends; a name may be empty.
    private let bounds: [Int]

    /// - Parameter keywords: names by keyword number (`FlagSet.keyword(0)` first); empty for a number not in use.
    package init(keywords: [String] = []) {
        var text: [UInt8] = []
        var bounds = [0]
        for name in ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"] + keywords.prefix(FlagSet.keywordsMax)
        {
            text += name.utf8
            bounds.append(text.count)
        }
        self.text = text
        self.bounds = bounds
    }

    /// Bits that have a name.
    package var named: FlagSet {
        var flags: FlagSet = []
        for bit in 0..<(self.bounds.count - 1) where self.hasName(bit) { flags.rawValue |= 1 << UInt64(bit) }
        return flags
    }

    /// Octets of all names, with a space each: what any set's names fit in, `\Recent` too.
    var octetsMax: Int { self.text.count + self.bounds.count + 8 }

    @inline(__always)
    func hasName(_ bit: Int) -> Bool { bit + 1 < self.bounds.count && self.bounds[bit] < self.bounds[bit + 1] }

    @inline(__always)
    func put(_ bit: Int, into span: inout OutputRawSpan) {
        for index in self.bounds[bit]..<self.bounds[bit + 1] { span.append(self.text[index]) }
    }
}

extension ByteBuffer {
    /// Flags in parentheses, each with its name; bits without one are left out.
    package mutating func writeFlagList(_ flags: FlagSet, _ names: FlagNames, isRecent: Bool = false) {
        self.writeInteger(UInt8(ascii: "("))
        self.writeFlagNames(flags, names, isRecent: isRecent)
        self.writeInteger(UInt8(ascii: ")"))
    }

    /// - Returns: Whether anything was written.
    @discardableResult
    mutating func writeFlagNames(_ flags: FlagSet, _ names: FlagNames, isRecent: Bool = false) -> Bool {
        let before = self.writerIndex
        self.writeWithOutputRawSpan(minimumWritableBytes: names.octetsMax) { span in
            span.put(flags, names, isRecent: isRecent)
        }
        return self.writerIndex > before
    }
}
