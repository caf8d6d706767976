internal import MailBytes
internal import NIOCore

extension ByteBuffer {
    /// Moves the reader behind a `Return-Path` line at the very start.
    mutating func dropReturnPath() {
        let name = "return-path:"
        let start = self.readableBytesView.prefix(name.utf8.count)
        guard start.map({ ASCII.lowercased($0) }) == Array(name.utf8),
            let end = self.readableBytesView.firstIndex(of: ASCII.lineFeed)
        else { return }
        self.moveReaderIndex(to: end + 1)
    }
}
