internal import IMAPWire
internal import MailBytes

/// A text to look for, without regard to case.
///
/// ASCII letters are compared as they lie; a text with other letters is compared after both sides were lower-cased by
/// Unicode's rules.
struct SearchNeedle: Hashable, Sendable {
    /// Lower-case, UTF-8.
    let folded: [UInt8]
    let isASCII: Bool
    /// How far to go on when a byte stands under the needle's end. Boyer, Moore and Horspool.
    private let shifts: [Int]

    init(_ text: SearchText) {
        let folded = Array(String(decoding: text.bytes, as: UTF8.self).lowercased().utf8)
        self.folded = folded
        self.isASCII = folded.allSatisfy { $0 < 0x80 }
        var shifts = [Int](repeating: max(1, folded.count), count: 256)
        for (index, byte) in folded.dropLast().enumerated() { shifts[Int(byte)] = folded.count - 1 - index }
        self.shifts = shifts
    }

    var isEmpty: Bool { self.folded.isEmpty }

    /// Whether the text holds the needle.
    func isFound(in text: String) -> Bool {
        if self.isASCII { return self.isFound(inFolding: Array(text.utf8).span) }
        return self.isFound(inFolding: Array(text.lowercased().utf8).span)
    }

    /// Whether the bytes hold the needle; only ASCII letters of theirs are folded.
    func isFound(inFolding bytes: Span<UInt8>) -> Bool {
        let length = self.folded.count
        guard length > 0 else { return true }
        guard bytes.count >= length else { return false }
        let last = self.folded[length - 1]
        var end = length - 1
        while end < bytes.count {
            let byte = ASCII.lowercased(bytes[end])
            if byte == last, self.matches(bytes, at: end - length + 1) { return true }
            end += self.shifts[Int(byte)]
        }
        return false
    }

    @inline(__always)
    private func matches(_ bytes: Span<UInt8>, at start: Int) -> Bool {
        for index in 0..<self.folded.count - 1 where ASCII.lowercased(bytes[start + index]) != self.folded[index] {
            return false
        }
        return true
    }
}
