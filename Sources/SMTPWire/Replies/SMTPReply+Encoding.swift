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
            self.writeDecimal(reply.code)
            self.writeInteger(isLast ? UInt8(ascii: " ") : UInt8(ascii: "-"))
            if let status = reply.enhanced {
                self.writeInteger(0x30 + status.category)
                self.writeInteger(UInt8(ascii: "."))
                self.writeDecimal(Int(status.subject))
                self.writeInteger(UInt8(ascii: "."))
                self.writeDecimal(Int(status.detail))
                if !line.isEmpty { self.writeInteger(UInt8(ascii: " ")) }
            }
            if line.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
                self.writeString(String(line.unicodeScalars.map { $0 == "\r" || $0 == "\n" ? " " : Character($0) }))
            } else {
                self.writeString(line)
            }
            self.writeStaticString("\r\n")
        }
    }

    /// Appends a number's decimal digits without making a `String`. Not negative.
    mutating func writeDecimal(_ number: Int) {
        precondition(number >= 0, "replies and sizes count from 0")
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            self.writeInteger(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
            divisor /= 10
        }
    }
}
