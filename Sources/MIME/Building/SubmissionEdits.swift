internal import MailBytes
package import MailTypes
package import NIOCore

/// What to change in a message that one of our own users submits: fields to add at its top, stretches to leave out.
///
/// Only places are told; the message is not copied. RFC 6409 §8; RFC 5322 §3.6.
package struct SubmissionEdits: Sendable {
    /// Goes before the message's first byte: a missing Date and Message-ID, each with its line end.
    package var insertion: ByteBuffer
    /// The lines of Bcc fields, ascending and apart.
    package var removals: [Range<Int>]
    /// Whether the message names no author, which submission may refuse. RFC 5322 §3.6.2.
    package var lacksFrom: Bool

    /// Whether the message can be taken as it is.
    package var isEmpty: Bool { self.insertion.readableBytes == 0 && self.removals.isEmpty }

    /// - Parameters:
    ///   - now: the Date to add.
    ///   - messageID: the Message-ID to add, angle brackets included; called only when one is missing.
    package static func plan(
        for message: Span<UInt8>,
        now: Instant,
        messageID: () -> String
    ) -> SubmissionEdits {
        var edits = SubmissionEdits(insertion: ByteBuffer(), removals: [], lacksFrom: true)
        var hasDate = false
        var hasMessageID = false
        var scanner = HeaderScanner()
        while let field = scanner.next(in: message) {
            switch field.name.count {
            case 3:
                if HeaderName.bcc.matches(field.name, in: message) { edits.remove(field.whole) }
            case 4:
                if HeaderName.date.matches(field.name, in: message) { hasDate = true }
                if HeaderName.from.matches(field.name, in: message) { edits.lacksFrom = false }
            case 10:
                if HeaderName.messageID.matches(field.name, in: message) { hasMessageID = true }
                if HeaderName.resentBcc.matches(field.name, in: message) { edits.remove(field.whole) }
            default:
                break
            }
        }
        let startsWithText = Self.startsWithText(message)
        if startsWithText, !(hasDate && hasMessageID) {
            // The empty line that must follow what is added cuts the fields off that were found.
            (hasDate, hasMessageID, edits.lacksFrom) = (false, false, true)
        }
        if !hasDate { edits.insertion.writeString("Date: \(RFC5322Date.format(now))\r\n") }
        if !hasMessageID { edits.insertion.writeString("Message-ID: \(messageID())\r\n") }
        if edits.insertion.readableBytes > 0, startsWithText { edits.insertion.writeString("\r\n") }
        return edits
    }

    private mutating func remove(_ range: Range<Int>) {
        if let last = self.removals.last, last.upperBound == range.lowerBound {
            self.removals[self.removals.count - 1] = last.lowerBound..<range.upperBound
        } else {
            self.removals.append(range)
        }
    }

    /// Whether the message has no header at all, so that what is added must end in an empty line. A first line that
    /// starts with a blank belongs to nothing, and would become a fold of what is added.
    private static func startsWithText(_ message: Span<UInt8>) -> Bool {
        var scanner = HeaderScanner()
        guard let first = scanner.next(in: message) else { return false }
        return first.name.isEmpty || ASCII.isBlank(message[first.whole.lowerBound])
    }

    /// Appends the changed message: for small ones, or a piece at a time with its place in the whole.
    ///
    /// - Parameters:
    ///   - piece: consecutive bytes of the message.
    ///   - offset: where in the message `piece` starts; at 0 the insertion goes first.
    package func write(_ piece: Span<UInt8>, at offset: Int = 0, into buffer: inout ByteBuffer) {
        if offset == 0 { buffer.writeImmutableBuffer(self.insertion) }
        var kept: [UInt8] = []
        var position = offset
        let end = offset + piece.count
        for removal in self.removals where removal.upperBound > offset && removal.lowerBound < end {
            if removal.lowerBound > position {
                kept.append(piece, (position - offset)..<(removal.lowerBound - offset))
            }
            position = max(position, min(removal.upperBound, end))
        }
        kept.append(piece, (position - offset)..<piece.count)
        buffer.writeBytes(kept)
    }
}
