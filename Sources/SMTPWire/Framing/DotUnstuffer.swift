internal import MailBytes
package import NIOCore

/// Takes a message out of DATA's stream: removes the dots that were put before lines, and sees where the message ends.
///
/// It ends with a dot alone on its line, and lines end with CRLF only: `\n.\n`, `\r\n.\n` and `\n.\r\n` are text.
/// Bytes may arrive cut anywhere. RFC 5321 §4.5.2, lesson 8.
///
///     data = *(stuffed-line CRLF) "." CRLF
package struct DotUnstuffer: Sendable {
    package enum Progress: Hashable, Sendable {
        /// All input was taken and the message goes on.
        case needsMore
        /// The message is over; what follows it is still in the input.
        case ended(SMTPBodyVerdict)
    }

    private enum Place: Hashable, Sendable {
        /// After a CRLF, or at the very start, since DATA's own CRLF stands before it.
        case lineStart
        /// After a line's first dot, which is not text.
        case dot
        /// After a line's first dot and a CR.
        case dotThenCarriageReturn
        case text
    }

    private let policy: BareLineEndPolicy
    private var place = Place.lineStart
    private var lineEnds = LineEndInspector()

    package init(policy: BareLineEndPolicy = .refuse) {
        self.policy = policy
    }

    /// Whether the message is already known to be refused at its end; nothing more of it is handed out then.
    package var isRefused: Bool { self.policy == .refuse && self.lineEnds.hasFoundBareLineEnd }

    /// Takes as much of `input` as belongs to the message and appends its text to `target`, with one copy and no other.
    package mutating func consume(_ input: inout ByteBuffer, into target: inout ByteBuffer) -> Progress {
        let whole = input
        let bytes = whole.readableBytesUInt8Span
        let (taken, isOver) = self.scan(bytes) { range in
            if let range {
                target.writeSpan(bytes, range)
            } else {
                target.writeInteger(ASCII.carriageReturn)
            }
        }
        input.moveReaderIndex(forwardBy: taken)
        return isOver ? .ended(self.isRefused ? .bareLineEnd : .intact) : .needsMore
    }

    /// Takes as much of `input` as belongs to the message and hands its text out as slices, with no copy at all.
    package mutating func consume(_ input: inout ByteBuffer, _ emit: (ByteBuffer) -> Void) -> Progress {
        let whole = input
        let (taken, isOver) = self.scan(whole.readableBytesUInt8Span) { range in
            guard let range else {
                emit(ByteBuffer(bytes: CollectionOfOne(ASCII.carriageReturn)))
                return
            }
            if let slice = whole.getSlice(at: whole.readerIndex + range.lowerBound, length: range.count) {
                emit(slice)
            }
        }
        input.moveReaderIndex(forwardBy: taken)
        return isOver ? .ended(self.isRefused ? .bareLineEnd : .intact) : .needsMore
    }

    /// - Parameter emit: gets each stretch of text; `nil` for a CR that came with an earlier input.
    /// - Returns: how many bytes were taken, and whether the message ended with them.
    @inline(__always)
    private mutating func scan(_ bytes: Span<UInt8>, _ emit: (Range<Int>?) -> Void) -> (taken: Int, isOver: Bool) {
        var position = 0
        var textStart = 0
        while position < bytes.count {
            switch self.place {
            case .text:
                let plain = self.lineEnds.endOfPlainLines(in: bytes, from: position)
                if plain > position {
                    position = plain
                    if bytes[position - 1] == ASCII.lineFeed { self.place = .lineStart }
                    continue
                }
                guard let next = self.lineEnds.endOfLine(in: bytes, from: position) else {
                    position = bytes.count
                    continue
                }
                position = next
                self.place = .lineStart
            case .lineStart:
                guard bytes[position] == ASCII.dot else {
                    self.place = .text
                    continue
                }
                if textStart < position && !self.isRefused { emit(textStart..<position) }
                position += 1
                textStart = position
                self.place = .dot
            case .dot:
                guard bytes[position] == ASCII.carriageReturn else {
                    self.place = .text
                    continue
                }
                position += 1
                textStart = position
                self.place = .dotThenCarriageReturn
            case .dotThenCarriageReturn:
                guard bytes[position] == ASCII.lineFeed else {
                    self.lineEnds.noteBareCarriageReturn()
                    if !self.isRefused { emit(nil) }
                    self.place = .text
                    continue
                }
                return (position + 1, true)
            }
        }
        if textStart < position && !self.isRefused { emit(textStart..<position) }
        return (position, false)
    }
}
