internal import MailBytes
package import NIOCore

/// A server's answer of one line: `+OK` or `-ERR`, perhaps a response code, and text.
///
/// The text is for the client's log: it never names a file or a host behind us. RFC 1939 §3, RFC 2449 §8.
package struct POP3Reply: Hashable, Sendable {
    /// Says in a word what a program can act on.
    package enum Code: String, Hashable, Sendable {
        /// The maildrop is locked by another session. RFC 2449 §8.1.2.
        case inUse = "IN-USE"
        /// Logging in again comes too soon. RFC 2449 §8.1.1.
        case loginDelay = "LOGIN-DELAY"
        /// Name or password is wrong, not the system. RFC 3206 §5.
        case authentication = "AUTH"
        /// The system has trouble that passes. RFC 3206 §4.
        case temporaryTrouble = "SYS/TEMP"
        /// The system has trouble that stays until somebody mends it. RFC 3206 §4.
        case permanentTrouble = "SYS/PERM"
    }

    package var isOK: Bool
    package var code: Code?
    package var text: String

    package init(isOK: Bool, code: Code? = nil, text: String) {
        self.isOK = isOK
        self.code = code
        self.text = text
    }

    package static func done(_ text: String) -> Self { Self(isOK: true, text: text) }

    package static func refused(_ text: String, _ code: Code? = nil) -> Self {
        Self(isOK: false, code: code, text: text)
    }
}

extension ByteBuffer {
    /// Appends `+OK text` or `-ERR [code] text`. A CR or LF within the text becomes a space.
    package mutating func writePOP3Reply(_ reply: POP3Reply) {
        self.writeStaticString(reply.isOK ? "+OK" : "-ERR")
        if let code = reply.code {
            self.writeStaticString(" [")
            self.writeString(code.rawValue)
            self.writeStaticString("]")
        }
        if !reply.text.isEmpty {
            self.writeStaticString(" ")
            if reply.text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
                let text = reply.text.unicodeScalars.map { $0 == "\r" || $0 == "\n" ? " " : Character($0) }
                self.writeString(String(text))
            } else {
                self.writeString(reply.text)
            }
        }
        self.writeStaticString("\r\n")
    }

    /// Appends `+ ` and a challenge in base64. RFC 5034 §4.
    package mutating func writePOP3Challenge(_ octets: [UInt8]) {
        self.writeStaticString("+ ")
        self.writeString(Base64.encode(octets))
        self.writeStaticString("\r\n")
    }

    /// Appends one line of a listing: a message's number and a number.
    package mutating func writePOP3Pair(_ number: Int, _ value: Int) {
        self.writePOP3Number(number)
        self.writeStaticString(" ")
        self.writePOP3Number(value)
        self.writeStaticString("\r\n")
    }

    /// Appends the line that ends an answer of several lines.
    package mutating func writePOP3End() {
        self.writeStaticString(".\r\n")
    }

    /// Appends decimal digits without making a `String`. Not negative.
    package mutating func writePOP3Number(_ number: Int) {
        precondition(number >= 0, "numbers and sizes count from 0")
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            self.writeInteger(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
            divisor /= 10
        }
    }
}
