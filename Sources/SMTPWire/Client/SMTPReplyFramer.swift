internal import MailBytes
internal import MailTypes
package import NIOCore

/// Cuts what a server sends into whole replies, within bounds a hostile server cannot pass.
///
///     Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
///
/// A line that ends in LF alone is read too: nothing of ours depends on it. RFC 5321 §4.2.
package struct SMTPReplyFramer: Sendable {
    private let limits: SMTPLimits
    private var input = ByteBuffer()
    private var scanned = 0
    private var partial: SMTPReply?
    private var partialOctets = 0

    package init(limits: SMTPLimits = SMTPLimits()) {
        self.limits = limits
    }

    /// Octets received that no reply was made of yet. At STARTTLS there must be none.
    package var octetsWaiting: Int { self.input.readableBytes + self.partialOctets }

    package mutating func append(_ bytes: ByteBuffer) {
        if self.input.readableBytes == 0 { self.scanned = 0 }
        self.input.appendReceived(bytes)
    }

    /// The next whole reply; `nil` when more bytes are needed. After it threw, the connection is to be closed.
    package mutating func nextReply() throws(SMTPReplyError) -> SMTPReply? {
        while let lineFeed = self.input.octetsBeforeLineFeed(from: self.scanned) {
            self.scanned = 0
            guard lineFeed < self.limits.replyLineOctetsMax else { throw SMTPReplyError.lineTooLong }
            guard let line = self.input.readSlice(length: lineFeed) else { throw SMTPReplyError.malformed }
            self.input.moveReaderIndex(forwardBy: 1)
            self.partialOctets += lineFeed + 1
            guard self.partialOctets <= self.limits.replyOctetsMax else { throw SMTPReplyError.tooLong }
            if let reply = try self.take(line.readableBytesUInt8Span) { return reply }
        }
        self.scanned = self.input.readableBytes
        guard self.scanned < self.limits.replyLineOctetsMax else { throw SMTPReplyError.lineTooLong }
        return nil
    }

    /// Adds one line, without its LF, to the reply it belongs to.
    private mutating func take(_ line: Span<UInt8>) throws(SMTPReplyError) -> SMTPReply? {
        var end = line.count
        if end > 0, line[end - 1] == ASCII.carriageReturn { end -= 1 }
        guard end >= 3, ASCII.isDigit(line[0]), ASCII.isDigit(line[1]), ASCII.isDigit(line[2]) else {
            throw SMTPReplyError.malformed
        }
        let code = Int(line[0] - 0x30) * 100 + Int(line[1] - 0x30) * 10 + Int(line[2] - 0x30)
        guard (200...599).contains(code), end == 3 || line[3] == ASCII.space || line[3] == UInt8(ascii: "-") else {
            throw SMTPReplyError.malformed
        }
        let goesOn = end > 3 && line[3] == UInt8(ascii: "-")
        var start = min(4, end)
        let status = Self.takeStatus(line, &start, end, category: line[0] - 0x30)
        let text = Self.text(line, start..<end)
        if var reply = self.partial {
            guard reply.code == code else { throw SMTPReplyError.malformed }
            guard reply.lines.count < self.limits.replyLinesMax else { throw SMTPReplyError.tooLong }
            reply.lines.append(text)
            reply.enhanced = reply.enhanced ?? status
            self.partial = reply
        } else {
            self.partial = SMTPReply(code, status, text)
        }
        guard !goesOn, let reply = self.partial else { return nil }
        self.partial = nil
        self.partialOctets = 0
        return reply
    }

    /// Takes `5.1.1` and the blank behind it, if its class is the reply's own.
    private static func takeStatus(
        _ line: Span<UInt8>,
        _ position: inout Int,
        _ end: Int,
        category: UInt8
    ) -> EnhancedStatus? {
        var probe = position
        var numbers: [UInt16] = []
        while numbers.count < 3 {
            let start = probe
            var value: UInt16 = 0
            while probe < end, ASCII.isDigit(line[probe]), probe - start < 3 {
                value = value * 10 + UInt16(line[probe] - 0x30)
                probe += 1
            }
            guard probe > start else { return nil }
            numbers.append(value)
            guard numbers.count < 3 else { break }
            guard probe < end, line[probe] == ASCII.dot else { return nil }
            probe += 1
        }
        guard numbers[0] == UInt16(category), [2, 4, 5].contains(category) else { return nil }
        // A control character is shown as a space, so it ends the code as well.
        guard probe == end || line[probe] == ASCII.space || ASCII.isControl(line[probe]) else { return nil }
        position = min(probe + 1, end)
        return EnhancedStatus(category, numbers[1], numbers[2])
    }

    /// A server's words, made safe for a log: what is no UTF-8 is replaced, control characters become spaces.
    private static func text(_ line: Span<UInt8>, _ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(ASCII.isControl(line[index]) ? ASCII.space : line[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// How a server's bytes fail to be a reply. Whatever it was, the connection is of no more use.
package enum SMTPReplyError: Error, Hashable, Sendable {
    case malformed
    case lineTooLong
    /// Too many lines, or too many octets in all.
    case tooLong
}
