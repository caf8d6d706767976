internal import MailBytes
package import NIOCore

/// Writes a message as the answer to RETR or TOP: dots stuffed, all lines ending in CRLF, a dot alone at the end.
///
/// A long message is written in parts, so that no more of it is in memory than a client takes. Into how many makes no
/// difference to what is written. RFC 1939 §3, §5, §7.
package struct POP3Text: Sendable {
    /// Octets of the message written so far.
    package private(set) var position = 0
    private var lineStart = 0
    /// Lines of the body still to write; `nil` for all.
    private var linesLeft: Int?
    private var isInHeader = true

    /// - Parameter bodyLines: how many lines follow the header, for TOP; `nil` for the whole message.
    package init(bodyLines: Int? = nil) {
        self.linesLeft = bodyLines
    }

    /// Writes on, from `message`, the whole of which is given each time.
    ///
    /// - Parameter octetsMax: octets of the message to write at most, above 0.
    /// - Returns: whether the answer is complete.
    package mutating func write(_ message: Span<UInt8>, octetsMax: Int, into target: inout ByteBuffer) -> Bool {
        let limit = octetsMax < message.count - self.position ? self.position + octetsMax : message.count
        var start = self.position
        var isCut = false
        while self.position < limit {
            if self.skipPlainLines(of: message, to: limit) { continue }
            if self.position == self.lineStart {
                if self.linesLeft == 0 && !self.isInHeader {
                    isCut = true
                    break
                }
                if message[self.position] == ASCII.dot {
                    target.writeSpan(message, start..<self.position)
                    target.writeInteger(ASCII.dot)
                    start = self.position
                }
            }
            guard let lineFeed = message.firstIndex(of: ASCII.lineFeed, from: self.position, to: limit) else {
                self.position = limit
                break
            }
            let isCRLF = lineFeed > self.lineStart && message[lineFeed - 1] == ASCII.carriageReturn
            if !isCRLF {
                target.writeSpan(message, start..<lineFeed)
                target.writeStaticString("\r\n")
                start = lineFeed + 1
            }
            self.count(lineOctets: lineFeed - self.lineStart - (isCRLF ? 1 : 0))
            self.position = lineFeed + 1
            self.lineStart = self.position
        }
        target.writeSpan(message, start..<self.position)
        guard isCut || self.position >= message.count else { return false }
        if self.position > self.lineStart { target.writeStaticString("\r\n") }
        target.writeStaticString(".\r\n")
        return true
    }

    /// Passes over a stretch of the body that is sent as it stands.
    ///
    /// - Returns: whether there was one.
    private mutating func skipPlainLines(of message: Span<UInt8>, to limit: Int) -> Bool {
        guard !self.isInHeader, self.linesLeft == nil, message[self.position - 1] != ASCII.carriageReturn else {
            return false
        }
        let plain = message.extracting(0..<limit).endOfPlainLines(from: self.position)
        guard plain > self.position else { return false }
        self.position = plain
        if message[plain - 1] == ASCII.lineFeed { self.lineStart = plain }
        return true
    }

    /// A line of that many octets, its end left out, has been written.
    private mutating func count(lineOctets: Int) {
        if self.isInHeader {
            if lineOctets == 0 { self.isInHeader = false }
        } else if let left = self.linesLeft {
            self.linesLeft = left - 1
        }
    }
}
