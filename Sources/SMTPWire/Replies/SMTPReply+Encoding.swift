internal import MailBytes
internal import MailTypes
package import NIOCore

extension SMTPReply {
    /// The reply as it goes over the wire, for those that are sent unchanged again and again.
    package func encoded() -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeSMTPReply(self)
        return buffer
    }
}

extension ByteBuffer {
    /// Appends a reply, its status code on every line. A CR or LF within its text becomes a space, so that no text can
    /// forge a reply.
    ///
    ///     Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
    package mutating func writeSMTPReply(_ reply: SMTPReply) {
        for (index, line) in reply.lines.enumerated() {
            let isLast = index == reply.lines.count - 1
            let text = line.utf8.contains { $0 == 0x0A || $0 == 0x0D } ? Self.onOneLine(line) : line
            self.writeWithOutputRawSpan(minimumWritableBytes: Self.headOctetsMax + text.utf8.count + 2) { span in
                span.put(decimal: UInt64(max(0, reply.code)))
                span.append(isLast ? UInt8(ascii: " ") : UInt8(ascii: "-"))
                if let status = reply.enhanced {
                    span.put(status)
                    if !text.isEmpty { span.append(UInt8(ascii: " ")) }
                }
                span.put(text)
                span.put("\r\n")
            }
        }
    }

    /// Octets before a line's text at most, whatever the numbers are.
    private static let headOctetsMax = 48

    private static func onOneLine(_ line: String) -> String {
        String(line.unicodeScalars.map { $0 == "\r" || $0 == "\n" ? " " : Character($0) })
    }

    /// Appends a number's decimal digits without making a `String`. Not negative.
    mutating func writeDecimal(_ number: Int) {
        precondition(number >= 0, "sizes count from 0")
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            self.writeInteger(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
            divisor /= 10
        }
    }
}

extension OutputRawSpan {
    /// `class "." subject "." detail` of RFC 3463 §2.
    fileprivate mutating func put(_ status: EnhancedStatus) {
        self.put(decimal: UInt64(status.category))
        self.append(UInt8(ascii: "."))
        self.put(decimal: UInt64(status.subject))
        self.append(UInt8(ascii: "."))
        self.put(decimal: UInt64(status.detail))
    }
}
