import MailBytes
import NIOCore
import SMTPWire

/// A message's text on its way in and out: where it ends, which dots are not text, which line ends there are.
///
/// Each is told a second time by a reading of the standard that is slow and short, and must agree. Lesson 8.
enum SMTPTextProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        try Self.checkReceived(input)
        try Self.checkSent(input)
    }

    // MARK: - In

    /// What a message is, read octet by octet. RFC 5321 §4.5.2.
    private struct Received: Equatable {
        var text: [UInt8] = []
        var taken = 0
        var isOver = false
        var hasBareLineEnd = false

        init(_ bytes: [UInt8]) {
            var isAtLineStart = true
            while self.taken < bytes.count {
                if isAtLineStart, bytes[self.taken] == ASCII.dot {
                    if bytes[self.taken...].starts(with: [ASCII.dot, 13, 10]) {
                        self.taken += 3
                        self.isOver = true
                        return
                    }
                    // Whether a dot, or a dot and a CR, are the message's end is not known before what follows them is.
                    let isOpen = [ASCII.dot, 13].starts(with: bytes[self.taken...])
                    self.taken += isOpen ? bytes.count - self.taken : 1
                    if isOpen { return }
                }
                isAtLineStart = false
                guard self.taken < bytes.count else { return }
                let byte = bytes[self.taken]
                self.text.append(byte)
                self.taken += 1
                if byte == 13, self.taken < bytes.count, bytes[self.taken] != 10 { self.hasBareLineEnd = true }
                if byte == 10 {
                    isAtLineStart = self.taken >= 2 && bytes[self.taken - 2] == 13
                    if !isAtLineStart { self.hasBareLineEnd = true }
                }
            }
        }
    }

    private static func checkReceived(_ input: [UInt8]) throws(BrokenProperty) {
        let expected = Received(input)
        var copied = ByteBuffer()
        var rest = ByteBuffer(bytes: input)
        var unstuffer = DotUnstuffer(policy: .keep)
        let progress = unstuffer.consume(&rest, into: &copied)
        try require(copied.readableBytesView.elementsEqual(expected.text), "a message's text is what was sent as such")
        try require(input.count - rest.readableBytes == expected.taken, "a message ends at its dot")
        try require((progress != .needsMore) == expected.isOver, "a message ends with a dot alone on its line")

        var slices = ByteBuffer()
        rest = ByteBuffer(bytes: input)
        unstuffer = DotUnstuffer(policy: .keep)
        try require(
            unstuffer.consume(&rest) { slices.writeImmutableBuffer($0) } == progress && slices == copied,
            "slices are the same text as a copy"
        )
        var refusing = DotUnstuffer(policy: .refuse)
        rest = ByteBuffer(bytes: input)
        let verdict = refusing.consume(&rest, into: &slices)
        try require(refusing.isRefused == expected.hasBareLineEnd, "a bare CR or LF is seen, and nothing else is one")
        guard expected.isOver else { return }
        try require(verdict == .ended(expected.hasBareLineEnd ? .bareLineEnd : .intact), "the verdict tells it")
    }

    // MARK: - Out

    /// The text with every kind of line end made CRLF, and one at its end.
    private static func normalized(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if byte == 10, index > 0, bytes[index - 1] == 13 { continue }
            text.append(contentsOf: byte == 10 || byte == 13 ? [13, 10] : [byte])
        }
        if !text.isEmpty, text.last != 10 { text.append(contentsOf: [13, 10]) }
        return text
    }

    private static func checkSent(_ input: [UInt8]) throws(BrokenProperty) {
        var stuffer = DotStuffer()
        var sent = ByteBuffer()
        stuffer.write(input.span, into: &sent)
        stuffer.finish(into: &sent)
        try requireSameHoweverCut(input, "a message sent") { pieces throws(BrokenProperty) in
            var stuffer = DotStuffer()
            var sent = ByteBuffer()
            for piece in pieces { stuffer.write(piece, into: &sent) }
            stuffer.finish(into: &sent)
            return sent
        }
        try require(sent.readableBytes <= 2 * input.count + 5, "a message sent is at most twice its text")
        try require(sent.readableBytesUInt8Span.hasOnlyCRLF, "a message sent has no bare CR or LF")
        var received = ByteBuffer()
        var rest = sent
        var unstuffer = DotUnstuffer(policy: .refuse)
        try require(
            unstuffer.consume(&rest, into: &received) == .ended(.intact) && rest.readableBytes == 0,
            "a message sent ends at its end and nowhere before"
        )
        try require(
            received.readableBytesView.elementsEqual(Self.normalized(input)),
            "a message sent is received as it was"
        )
    }
}
