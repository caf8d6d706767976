internal import Glibc
internal import MailTypes

/// Whole lines of the trace in memory, to be searched.
@safe struct TraceLines {
    private let base: UnsafeRawPointer
    private let count: Int

    init(base: UnsafeRawPointer, count: Int) {
        unsafe self.base = base
        self.count = count
    }

    /// The `id` of a line: it stands at the same place in each.
    static func identifier(in line: ArraySlice<UInt8>) -> [UInt8]? {
        let start = line.startIndex + Self.identifierOffset
        let end = start + TimeSortedID.textLength
        return end < line.endIndex ? Array(line[start..<end]) : nil
    }

    /// `{"at":"2026-01-31T12:00:00.000Z","id":"` has this many octets.
    private static let identifierOffset = 39

    /// Every line of one of these ids; the others are not copied.
    func forEachLine(of wanted: Set<Key>, _ body: (ArraySlice<UInt8>) -> Void) {
        var start = 0
        while start < self.count, let end = self.lineEnd(from: start) {
            let identifier = start + Self.identifierOffset
            if identifier + TimeSortedID.textLength < end, wanted.contains(self.key(at: identifier)) {
                body(self.copy(start..<end)[...])
            }
            start = end + 1
        }
    }

    /// A line's id in a form that is compared at once.
    struct Key: Hashable {
        fileprivate var head: UInt64
        fileprivate var tail: UInt64

        init(_ identifier: [UInt8]) {
            precondition(identifier.count == TimeSortedID.textLength, "an id has 13 octets")
            self.head = identifier.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
            self.tail = identifier.suffix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        fileprivate init(head: UInt64, tail: UInt64) {
            self.head = UInt64(littleEndian: head)
            self.tail = UInt64(littleEndian: tail)
        }
    }

    /// The two halves overlap, so that both are whole words.
    private func key(at position: Int) -> Key {
        let tail = position + TimeSortedID.textLength - 8
        return unsafe Key(
            head: self.base.loadUnaligned(fromByteOffset: position, as: UInt64.self),
            tail: self.base.loadUnaligned(fromByteOffset: tail, as: UInt64.self)
        )
    }

    /// Every line that holds `needle`.
    func forEachLine(containing needle: [UInt8], _ body: (ArraySlice<UInt8>) -> Void) {
        var start = 0
        while start < self.count {
            guard let position = self.position(of: needle, from: start),
                let end = self.lineEnd(from: position)
            else { return }
            body(self.copy(self.lineStart(before: position)..<end)[...])
            start = end + 1
        }
    }

    private func position(of needle: [UInt8], from start: Int) -> Int? {
        // An at sign is rarer in a line than any letter, so it is what is looked for.
        let mark = needle.firstIndex(of: 0x40) ?? 0
        var position = start
        while position + needle.count <= self.count {
            guard
                let hit = unsafe memchr(self.base + position + mark, Int32(needle[mark]), self.count - position - mark)
            else { return nil }
            position = unsafe UnsafeRawPointer(hit) - UnsafeRawPointer(self.base) - mark
            guard position + needle.count <= self.count else { return nil }
            if unsafe memcmp(self.base + position, needle, needle.count) == 0 { return position }
            position += 1
        }
        return nil
    }

    private func lineEnd(from position: Int) -> Int? {
        guard let found = unsafe memchr(self.base + position, 0x0A, self.count - position) else { return nil }
        return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(self.base)
    }

    private func lineStart(before position: Int) -> Int {
        var start = position
        while start > 0, unsafe self.base.load(fromByteOffset: start - 1, as: UInt8.self) != 0x0A { start -= 1 }
        return start
    }

    private func copy(_ range: Range<Int>) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: self.base + range.lowerBound, count: range.count))
    }
}
