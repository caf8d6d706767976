internal import MailBytes

/// A body on its way into canonical form. RFC 6376 §3.4.3, §3.4.4.
///
/// Both forms leave out empty lines at the end and end a last line that has no end; the relaxed form also makes every
/// run of blanks one space and drops those before a line's end. A bare LF ends a line as CRLF does, since that is how
/// the line leaves this host; a bare CR is a byte like others.
struct CanonicalBody: Sendable {
    let form: Canonicalization
    private let reducesBlanks: Bool
    private let endsEmptyBody: Bool
    private var digests = BodyDigests()
    /// Line ends that have come but are left out unless something follows.
    private var lineEnds = 0
    /// Whether anything but line ends has come.
    private var hasContent = false
    /// A run of blanks is held back: it counts only when the line goes on.
    private var isAfterBlank = false
    /// The last piece ended in a CR that may be half a line end.
    private var isAfterCarriageReturn = false
    /// Whether the line that the next piece goes on with has begun.
    private var isWithinLine = false

    init(_ form: Canonicalization) {
        self.form = form
        self.reducesBlanks = form == .relaxed
        self.endsEmptyBody = form == .simple
    }

    mutating func add(_ request: BodyHashRequest) {
        self.digests.add(request)
    }

    mutating func update(_ bytes: Span<UInt8>) {
        var position = self.resume(bytes)
        // Whole lines that are canonical as they stand, with what lies between them: nothing of it is looked at again.
        var run = position..<position
        while let lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: position) {
            let hasCarriageReturn = lineFeed > position && bytes[lineFeed - 1] == ASCII.carriageReturn
            let line = position..<(hasCarriageReturn ? lineFeed - 1 : lineFeed)
            let blank = self.firstReducibleBlank(line, in: bytes)
            if hasCarriageReturn, blank == line.upperBound {
                if line.isEmpty {
                    self.lineEnds += 1
                } else {
                    if run.isEmpty {
                        self.releaseLineEnds()
                        run = line
                    }
                    run = run.lowerBound..<line.upperBound
                    self.lineEnds = 1
                    self.hasContent = true
                }
            } else {
                self.digests.absorb(bytes, run)
                self.take(line, of: bytes, firstBlank: blank)
                self.endLine()
                run = lineFeed + 1..<lineFeed + 1
            }
            position = lineFeed + 1
        }
        self.digests.absorb(bytes, run)
        self.takeUnfinishedLine(position..<bytes.count, of: bytes)
    }

    mutating func finish(into hashes: inout [BodyHashRequest: BodyHash]) {
        if self.isAfterCarriageReturn {
            self.isAfterCarriageReturn = false
            self.takeByte(ASCII.carriageReturn)
        }
        if self.hasContent || self.endsEmptyBody {
            self.digests.absorb(ASCII.carriageReturn)
            self.digests.absorb(ASCII.lineFeed)
        }
        self.digests.finish(into: &hashes)
    }

    /// Goes on in the middle of a line; says where the first whole line begins.
    private mutating func resume(_ bytes: Span<UInt8>) -> Int {
        guard self.isWithinLine, bytes.count > 0 else { return 0 }
        if self.isAfterCarriageReturn {
            self.isAfterCarriageReturn = false
            if bytes[0] == ASCII.lineFeed {
                self.endLine()
                return 1
            }
            self.takeByte(ASCII.carriageReturn)
        }
        guard let lineFeed = bytes.firstIndex(of: ASCII.lineFeed) else { return 0 }
        let hasCarriageReturn = lineFeed > 0 && bytes[lineFeed - 1] == ASCII.carriageReturn
        self.take(0..<(hasCarriageReturn ? lineFeed - 1 : lineFeed), of: bytes)
        self.endLine()
        return lineFeed + 1
    }

    private mutating func takeUnfinishedLine(_ rest: Range<Int>, of bytes: Span<UInt8>) {
        guard !rest.isEmpty else { return }
        self.isWithinLine = true
        self.isAfterCarriageReturn = bytes[rest.upperBound - 1] == ASCII.carriageReturn
        self.take(rest.lowerBound..<rest.upperBound - (self.isAfterCarriageReturn ? 1 : 0), of: bytes)
    }

    /// The part's end where the form leaves no blank out.
    @inline(__always)
    private func firstReducibleBlank(_ part: Range<Int>, in bytes: Span<UInt8>) -> Int {
        self.reducesBlanks ? bytes.firstReducibleBlank(in: part) : part.upperBound
    }

    private mutating func take(_ part: Range<Int>, of bytes: Span<UInt8>) {
        self.take(part, of: bytes, firstBlank: self.firstReducibleBlank(part, in: bytes))
    }

    /// Hands on a part of a line without the blanks that the form leaves out.
    private mutating func take(_ part: Range<Int>, of bytes: Span<UInt8>, firstBlank: Int) {
        guard self.reducesBlanks else {
            self.emit(part, of: bytes)
            return
        }
        var position = part.lowerBound
        var blank = firstBlank
        if self.isAfterBlank {
            while position < part.upperBound, ASCII.isBlank(bytes[position]) { position += 1 }
            guard position < part.upperBound else { return }
            self.emitSpace()
            if blank < position { blank = bytes.firstReducibleBlank(in: position..<part.upperBound) }
        }
        while position < part.upperBound {
            self.emit(position..<blank, of: bytes)
            position = blank
            while position < part.upperBound, ASCII.isBlank(bytes[position]) { position += 1 }
            guard position < part.upperBound else {
                self.isAfterBlank = blank < part.upperBound
                return
            }
            self.emitSpace()
            blank = bytes.firstReducibleBlank(in: position..<part.upperBound)
        }
    }

    private mutating func takeByte(_ byte: UInt8) {
        if self.isAfterBlank { self.emitSpace() }
        self.releaseLineEnds()
        self.digests.absorb(byte)
        self.hasContent = true
    }

    private mutating func emitSpace() {
        self.isAfterBlank = false
        self.releaseLineEnds()
        self.digests.absorb(ASCII.space)
        self.hasContent = true
    }

    private mutating func emit(_ part: Range<Int>, of bytes: Span<UInt8>) {
        guard !part.isEmpty else { return }
        self.releaseLineEnds()
        self.digests.absorb(bytes, part)
        self.hasContent = true
    }

    private mutating func endLine() {
        self.lineEnds += 1
        self.isAfterBlank = false
        self.isWithinLine = false
    }

    private mutating func releaseLineEnds() {
        while self.lineEnds > 0 {
            self.digests.absorb(ASCII.carriageReturn)
            self.digests.absorb(ASCII.lineFeed)
            self.lineEnds -= 1
        }
    }
}

extension Span where Element == UInt8 {
    /// Where the first blank stands that is not a single space between two other bytes; the range's end if none does.
    ///
    /// - Complexity: eight bytes at a time as long as nothing is found.
    func firstReducibleBlank(in range: Range<Int>) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= self.count, "a search stays inside the bytes")
        return unsafe self.withUnsafeBytes { bytes in
            var position = range.lowerBound
            // One byte more than the eight is looked at, so the last eight go the slow way.
            while position + 8 < range.upperBound {
                let block = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                let spaces = Self.marks(of: 0x2020_2020_2020_2020, in: block)
                let tabs = Self.marks(of: 0x0909_0909_0909_0909, in: block)
                let isLastBlankDoubled =
                    spaces.littleEndian >> 63 == 1 && (unsafe ASCII.isBlank(bytes[position + 8]))
                guard tabs == 0, spaces & (spaces.littleEndian >> 8).littleEndian == 0, !isLastBlankDoubled else {
                    break
                }
                position += 8
            }
            while position < range.upperBound {
                let byte = unsafe bytes[position]
                if byte == ASCII.tab { return position }
                if byte == ASCII.space {
                    guard position + 1 < range.upperBound else { return position }
                    if unsafe ASCII.isBlank(bytes[position + 1]) { return position }
                }
                position += 1
            }
            return range.upperBound
        }
    }

    /// The highest bit of each byte of the result says whether that byte of the block is the one sought.
    @inline(__always)
    private static func marks(of pattern: UInt64, in block: UInt64) -> UInt64 {
        let difference = block ^ pattern
        let lowBits: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        return ~((difference & lowBits &+ lowBits) | difference | lowBits)
    }
}
