extension Span where Element == UInt8 {
    /// How far from `start` on the bytes are plain: every CR stands before an LF, every LF behind a CR, and no line
    /// begins with a dot, `start` itself included when an LF stands before it.
    ///
    /// - Returns: a place at or after `start`, mostly far behind it, with no CR right before it; everything before it
    ///   is plain. That it ends there says nothing about what follows: look at it byte by byte.
    /// - Parameter start: the byte before it must be there and no CR.
    /// - Complexity: 32 bytes at a time, several times as fast as looking for each line's end.
    package func endOfPlainLines(from start: Int) -> Int {
        precondition(start >= 1 && start <= self.count, "plain lines begin behind a byte that is there")
        return unsafe self.withUnsafeBytes { bytes in
            var position = start
            while bytes.count - position >= PlainBlock.octets, unsafe PlainBlock.isPlain(bytes, at: position) {
                position += PlainBlock.octets
            }
            let last = unsafe bytes[position - 1]
            return position > start && last == ASCII.carriageReturn ? position - 1 : position
        }
    }
}

/// Bytes that are compared all at once, in four words of eight.
private enum PlainBlock {
    static let octets = 32

    private static let lowBits: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    @inline(__always)
    static func isPlain(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Bool {
        let trouble =
            unsafe Self.trouble(bytes, position) | Self.trouble(bytes, position &+ 8)
            | Self.trouble(bytes, position &+ 16) | Self.trouble(bytes, position &+ 24)
        return trouble == 0
    }

    /// The high bit of each byte that must be looked at.
    @inline(__always)
    private static func trouble(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
        let word = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        let before = unsafe bytes.loadUnaligned(fromByteOffset: position &- 1, as: UInt64.self)
        let isUnpaired = Self.places(of: ASCII.lineFeed, in: word) ^ Self.places(of: ASCII.carriageReturn, in: before)
        let isDotLine = Self.places(of: ASCII.lineFeed, in: before) & Self.places(of: ASCII.dot, in: word)
        return isUnpaired | isDotLine
    }

    /// The high bit of each byte that is `byte`.
    @inline(__always)
    private static func places(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (Self.ones &* UInt64(byte))
        return ~((difference & Self.lowBits &+ Self.lowBits) | difference | Self.lowBits)
    }
}
