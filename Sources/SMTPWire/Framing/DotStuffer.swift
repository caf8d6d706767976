internal import MailBytes
package import NIOCore

/// Puts a message into DATA's stream: a dot before each line that begins with one, and the line that ends it all.
///
/// What it writes has no bare CR and no bare LF whatever it was given, since a line of ours that another host reads in
/// two ways would smuggle: each becomes CRLF. How the message is cut into pieces never changes a byte. Lesson 8.
///
/// Mail that came by SMTP or LMTP has no bare ones and leaves as it came. Only what was put into a mailbox by APPEND
/// may have them, and changes when it is sent on: a client may not send CR or LF but together (RFC 5321 §2.3.8), other
/// hosts refuse such mail or mend it each in its own way, and a notice about it would help nobody. A signature over
/// the bare form is broken by that; it could not have survived any honest way. RFC 5321 §4.5.2.
package struct DotStuffer: Sendable {
    private var isAtLineStart = true
    /// The last piece ended in CR, which is not written before it is known what follows.
    private var holdsCarriageReturn = false

    package init() {}

    /// Appends the next piece of the message to `target`.
    package mutating func write(_ bytes: Span<UInt8>, into target: inout ByteBuffer) {
        guard bytes.count > 0 else { return }
        var position = 0
        if self.holdsCarriageReturn {
            self.holdsCarriageReturn = false
            self.isAtLineStart = true
            target.writeStaticString("\r\n")
            position = bytes[0] == ASCII.lineFeed ? 1 : 0
        }
        var start = position
        var lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: position)
        while position < bytes.count {
            if position > 0, bytes[position - 1] != ASCII.carriageReturn {
                let plain = bytes.endOfPlainLines(from: position)
                if plain > position {
                    position = plain
                    self.isAtLineStart = bytes[position - 1] == ASCII.lineFeed
                    continue
                }
            }
            if self.isAtLineStart && bytes[position] == ASCII.dot {
                target.writeSpan(bytes, start..<position)
                target.writeInteger(ASCII.dot)
                start = position
            }
            self.isAtLineStart = false
            if let found = lineFeed, found < position {
                lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: position)
            }
            let end = lineFeed ?? bytes.count
            let carriageReturn = bytes.firstIndex(of: ASCII.carriageReturn, from: position, to: end)
            if let carriageReturn, carriageReturn + 1 == bytes.count {
                target.writeSpan(bytes, start..<carriageReturn)
                self.holdsCarriageReturn = true
                return
            }
            if carriageReturn == nil && lineFeed == nil { break }
            let isCRLF = carriageReturn.map { $0 + 1 == end } ?? false
            position = isCRLF ? end + 1 : (carriageReturn ?? end) + 1
            self.isAtLineStart = true
            if !isCRLF {
                target.writeSpan(bytes, start..<(position - 1))
                target.writeStaticString("\r\n")
                start = position
            }
        }
        target.writeSpan(bytes, start..<bytes.count)
    }

    /// Appends the next piece of the message to `target`.
    package mutating func write(_ bytes: ByteBuffer, into target: inout ByteBuffer) {
        self.write(bytes.readableBytesUInt8Span, into: &target)
    }

    /// Appends what ends the message, after a last CRLF where it had none.
    package mutating func finish(into target: inout ByteBuffer) {
        if self.holdsCarriageReturn || !self.isAtLineStart { target.writeStaticString("\r\n") }
        target.writeStaticString(".\r\n")
        self = Self()
    }
}
