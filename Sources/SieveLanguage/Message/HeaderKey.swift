internal import MailBytes

/// A header field's name made ready to be looked for.
struct HeaderKey: Hashable, Sendable {
    /// In lower case.
    let name: [UInt8]
    let hash: UInt32

    init(_ name: [UInt8]) {
        let folded = ASCIIFold.folded(name)
        self.name = folded
        self.hash = Self.hash(of: 0..<folded.count, in: folded.span)
    }

    init(_ name: String) {
        self.init(Array(name.utf8))
    }

    /// Equal for names that differ in case only.
    static func hash(of range: Range<Int>, in bytes: Span<UInt8>) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        for index in range { hash = (hash ^ UInt32(ASCII.lowercased(bytes[index]))) &* 0x0100_0193 }
        return hash
    }

    func matches(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        guard range.count == self.name.count else { return false }
        for index in 0..<self.name.count
        where ASCII.lowercased(bytes[range.lowerBound + index]) != self.name[index] {
            return false
        }
        return true
    }

    /// Whether a field can have this name at all. RFC 5322 §2.2.
    static func isFieldName(_ name: [UInt8]) -> Bool {
        !name.isEmpty && name.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
    }
}
