package import Logging

/// What client and server say to each other, for debugging one of them: in the log at its level `trace`, a line each.
///
/// Whoever tells a line knows what it means: never a password, an authentication exchange, or the text of a message.
/// While that level is off, a look at the level is all it costs.
extension Logger {
    /// Whether lines are told.
    package var tellsLines: Bool { self.logLevel <= .trace }

    /// - Parameters:
    ///   - line: without its line end.
    ///   - key: by which key ``id`` names the conversation.
    package func received(
        _ line: @autoclosure () -> String,
        _ key: LogKey,
        _ id: @autoclosure () -> String
    ) {
        self.trace("received", metadata: .init([key: id(), .line: LogText.printable(line(), lengthMax: Self.lineMax)]))
    }

    /// As ``received(_:_:_:)``.
    package func sent(
        _ line: @autoclosure () -> String,
        _ key: LogKey,
        _ id: @autoclosure () -> String
    ) {
        self.trace("sent", metadata: .init([key: id(), .line: LogText.printable(line(), lengthMax: Self.lineMax)]))
    }

    /// Characters of a line that are told.
    package static var lineMax: Int { 1_000 }
}

/// Text that a peer sent, in the log.
package enum LogText {
    /// The text so that it fits on a line and does nothing to a terminal.
    package static func printable(_ text: String, lengthMax: Int) -> String {
        var printable = ""
        for scalar in text.unicodeScalars.prefix(lengthMax) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                printable += "\\u{\(String(scalar.value, radix: 16))}"
            default: printable.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > lengthMax ? printable + "…" : printable
    }

    /// A line that was not understood, if it begins with one of the commands that carry no secret; of any other, which
    /// may be a password gone astray, its length alone.
    ///
    /// - Parameters:
    ///   - position: which of the line's words is the command, from 0 on.
    ///   - verbs: in capitals.
    package static func misunderstood(_ line: String, verbAt position: Int, verbs: Set<String>) -> String {
        let words = line.split(separator: " ", maxSplits: position + 1, omittingEmptySubsequences: false)
        guard position < words.count, verbs.contains(words[position].uppercased()) else {
            return "(no command, \(line.utf8.count) octets)"
        }
        return line
    }
}
