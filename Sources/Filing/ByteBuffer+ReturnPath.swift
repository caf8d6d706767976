internal import MailBytes
internal import NIOCore

extension ByteBuffer {
    /// Octets of a `Return-Path` line that begins there; 0 when none does.
    func returnPathOctets(at start: Int) -> Int {
        let name = "return-path:"
        guard let view = self.viewBytes(at: start, length: self.writerIndex - start),
            view.prefix(name.utf8.count).map({ ASCII.lowercased($0) }) == Array(name.utf8),
            let end = view.firstIndex(of: ASCII.lineFeed)
        else { return 0 }
        return end + 1 - view.startIndex
    }
}
