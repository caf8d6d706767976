internal import MailBytes

/// The one place where it is decided what ends a line of a message: CRLF and nothing else.
///
/// A message whose lines could be read in two ways can carry a second message past one of its readers. So a CR or LF
/// that stands alone ends no line here and is remembered; whoever asked refuses the message for it. Lesson 8.
/// RFC 5321 §2.3.8.
struct LineEndInspector: Sendable {
    /// Whether a bare CR or a bare LF has been seen so far.
    private(set) var hasFoundBareLineEnd = false

    /// The last octet seen was a CR, and what follows decides about it.
    private var isAfterCarriageReturn = false

    init() {}

    /// Looks for the end of the line that `start` lies in.
    ///
    /// - Returns: the position after its CRLF; `nil` when these bytes end before it, and then all of them are seen.
    mutating func endOfLine(in bytes: Span<UInt8>, from start: Int) -> Int? {
        var position = start
        if self.isAfterCarriageReturn && position < bytes.count {
            self.isAfterCarriageReturn = false
            if bytes[position] == ASCII.lineFeed { return position + 1 }
            self.hasFoundBareLineEnd = true
        }
        while let lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: position) {
            let isCRLF = lineFeed > position && bytes[lineFeed - 1] == ASCII.carriageReturn
            if !self.hasFoundBareLineEnd {
                let first = bytes.firstIndex(of: ASCII.carriageReturn, from: position, to: lineFeed)
                self.hasFoundBareLineEnd = !isCRLF || first != lineFeed - 1
            }
            if isCRLF { return lineFeed + 1 }
            position = lineFeed + 1
        }
        guard position < bytes.count else { return nil }
        let last = bytes.count - 1
        self.isAfterCarriageReturn = bytes[last] == ASCII.carriageReturn
        if !self.hasFoundBareLineEnd {
            self.hasFoundBareLineEnd = bytes.firstIndex(of: ASCII.carriageReturn, from: position, to: last) != nil
        }
        return nil
    }

    /// Passes over whole lines and parts of lines that are in order and do not begin with a dot.
    ///
    /// - Returns: the place up to which all is seen; `start` itself when these bytes must be looked at one by one.
    func endOfPlainLines(in bytes: Span<UInt8>, from start: Int) -> Int {
        guard start > 0, !self.isAfterCarriageReturn, bytes[start - 1] != ASCII.carriageReturn else { return start }
        return bytes.endOfPlainLines(from: start)
    }

    /// Sees all of `bytes`, wherever their lines end.
    mutating func inspect(_ bytes: Span<UInt8>) {
        var position = 0
        while let next = self.endOfLine(in: bytes, from: position) {
            position = self.endOfPlainLines(in: bytes, from: next)
        }
    }

    /// The message is over: a CR at its very end stands alone.
    mutating func finish() {
        self.hasFoundBareLineEnd = self.hasFoundBareLineEnd || self.isAfterCarriageReturn
        self.isAfterCarriageReturn = false
    }

    /// A CR that its caller had to look at itself turned out to stand alone.
    mutating func noteBareCarriageReturn() {
        self.hasFoundBareLineEnd = true
    }
}

/// What becomes of a message with a bare CR or LF in it. In either case only CRLF ends a line, and only CRLF.CRLF a
/// message.
package enum BareLineEndPolicy: Hashable, Sendable {
    /// It is read to its end and refused there; its bytes are not kept.
    case refuse
    /// Its bytes are kept as they are, for trusted local injection only.
    case keep
}

/// Whether a received message may be taken as far as its line ends go.
package enum SMTPBodyVerdict: Hashable, Sendable {
    case intact
    /// Answer ``SMTPReply/bareLineEnd``; nothing of the message is usable. Lesson 8.
    case bareLineEnd
}
