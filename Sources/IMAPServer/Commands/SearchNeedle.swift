internal import IMAPWire
internal import MailBytes

/// A text to look for, without regard to case.
///
/// ASCII letters are compared as they lie; a text with other letters is compared after both sides were lower-cased by
/// Unicode's rules and brought into one normal form, so that an accent is the same however it is written.
struct SearchNeedle: Hashable, Sendable {
    /// Lower-case, UTF-8 in normal form C.
    let folded: [UInt8]
    let isASCII: Bool
    /// How far to go on when a byte stands under the needle's end. Boyer, Moore and Horspool.
    private let shifts: [Int]

    init(_ text: SearchText) {
        let folded = Self.folded(String(decoding: text.bytes, as: UTF8.self))
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
        return self.isFound(inFolding: Self.folded(text).span)
    }

    /// A text as a needle that is not ASCII is compared with it.
    static func folded(_ text: String) -> [UInt8] {
        let lowercased = text.lowercased()
        let isNormal = lowercased.unicodeScalars.allSatisfy { Self.isAlwaysNormal($0.value) }
        return Array((isNormal ? lowercased : NetUnicode.normalized(lowercased)).utf8)
    }

    /// Whether a scalar is one of those of which all text is in normal form C, so that the slow way there can be saved.
    /// Not all that are: those that most mail is written with.
    private static func isAlwaysNormal(_ scalar: UInt32) -> Bool {
        switch scalar {
        case ..<0x300: true
        // Greek and Cyrillic without their marks, Hebrew and Arabic letters, the rest of Latin.
        case 0x388...0x482, 0x48A...0x52F, 0x5D0...0x5EA, 0x620...0x64A, 0x1E00...0x1EFF: true
        // Punctuation and signs of money.
        case 0x2002...0x20CF: true
        // Kana, Han, Hangul, pictures.
        case 0x309B...0x9FFF, 0x3041...0x3096, 0xAC00...0xD7A3, 0x1F300...0x1FAFF: true
        default: false
        }
    }

    /// Whether the bytes hold the needle; only ASCII letters of theirs are folded.
    ///
    /// - Complexity: O(octets of text and needle). A text that nearly holds the needle at every place is a way to keep
    ///   the server busy for hours, so when that shows another way is taken.
    func isFound(inFolding bytes: Span<UInt8>) -> Bool {
        let length = self.folded.count
        guard length > 0 else { return true }
        guard bytes.count >= length else { return false }
        let last = self.folded[length - 1]
        var end = length - 1
        var comparisonsLeft = bytes.count
        while end < bytes.count {
            let byte = ASCII.lowercased(bytes[end])
            if byte == last {
                let equal = self.equalOctets(bytes, at: end - length + 1)
                if equal == length - 1 { return true }
                comparisonsLeft -= equal
                if comparisonsLeft < 0 { return self.isFoundStepwise(in: bytes, from: end - length + 2) }
            }
            end += self.shifts[Int(byte)]
        }
        return false
    }

    /// How many octets from `start` on are the needle's, its last one left out.
    @inline(__always)
    private func equalOctets(_ bytes: Span<UInt8>, at start: Int) -> Int {
        var index = 0
        while index < self.folded.count - 1, ASCII.lowercased(bytes[start + index]) == self.folded[index] { index += 1 }
        return index
    }

    /// Looks at each octet once, and at the needle's as often. Knuth, Morris and Pratt.
    private func isFoundStepwise(in bytes: Span<UInt8>, from start: Int) -> Bool {
        let borders = self.borders
        var matched = 0
        for position in start..<bytes.count {
            let byte = ASCII.lowercased(bytes[position])
            while matched > 0, self.folded[matched] != byte { matched = borders[matched - 1] }
            if self.folded[matched] == byte { matched += 1 }
            if matched == self.folded.count { return true }
        }
        return false
    }

    /// For each beginning of the needle the longest shorter one that it ends in.
    private var borders: [Int] {
        var borders = [Int](repeating: 0, count: self.folded.count)
        var length = 0
        for index in self.folded.indices.dropFirst() {
            while length > 0, self.folded[length] != self.folded[index] { length = borders[length - 1] }
            if self.folded[length] == self.folded[index] { length += 1 }
            borders[index] = length
        }
        return borders
    }
}
