internal import MailBytes

/// A user's words as the lines of a reply.
package enum RejectionText {
    /// Lines of a reply; what is longer is cut, so that nobody's words fill a log of another host.
    package static let linesMax = 16
    /// Octets of a line. RFC 5321 §4.5.3.1.5 has 512 for a whole reply line.
    package static let lineOctetsMax = 400

    /// Whether a reply can carry the words; a notice can carry all.
    package static func fitsReply(_ text: String) -> Bool { text.utf8.allSatisfy { $0 < 0x80 } }

    /// - Returns: at least one line, printable ASCII only: other characters cannot be sent (RFC 5429 §2.1.1), and a
    ///   text that consists of them is replaced as a whole.
    package static func lines(_ text: String) -> [String] {
        guard Self.fitsReply(text) else { return ["Message was rejected by its recipient"] }
        var lines: [String] = []
        let split = text.utf8.split(whereSeparator: { $0 == ASCII.carriageReturn || $0 == ASCII.lineFeed })
        for line in split.prefix(Self.linesMax) {
            let printable = line.prefix(Self.lineOctetsMax).map { ASCII.isControl($0) ? UInt8(ascii: " ") : $0 }
            lines.append(String(decoding: printable, as: UTF8.self))
        }
        return lines.isEmpty ? ["Message was rejected by its recipient"] : lines
    }
}
