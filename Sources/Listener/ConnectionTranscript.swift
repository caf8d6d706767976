internal import Dispatch
internal import Glibc
package import MailTypes
package import NIOCore

/// A conversation written down for debugging, a file a connection.
///
/// The session says what goes in, because only it knows what a line means: never a password, an authentication
/// exchange or the text of a message; for those it leaves a ``note(_:)``.
package final class ConnectionTranscript: Sendable {
    private static let queue = DispatchQueue(label: "martlet.transcripts")
    private let path: String

    package init(folder: String, id: TimeSortedID) {
        self.path = "\(folder)/\(id).txt"
    }

    /// A line from the client, without its line end.
    package func received(_ line: String) { self.append("C: \(line)\n") }

    /// What the server sends.
    package func sent(_ replies: ByteBuffer) {
        let text = String(buffer: replies)
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        self.append(lines.map { "S: \($0)\n" }.joined())
    }

    /// Something that happened or was left out.
    package func note(_ text: String) { self.append("   (\(text))\n") }

    /// A transcript that cannot be written is missing its lines; nothing else depends on it.
    private func append(_ text: String) {
        Self.queue.async {
            guard let file = unsafe fopen(self.path, "ae") else { return }
            unsafe fputs(text, file)
            unsafe fclose(file)
        }
    }
}
