internal import MIME
package import NIOCore

/// A message as it came, with what was read of it: it is read once, however many scripts look at it.
///
/// It stays on one thread.
package final class SieveMessage {
    let bytes: ByteBuffer
    private var readHeader: HeaderIndex?
    private var readStructure: MIMEStructure?

    /// - Parameter bytes: with its header, line ends as they are.
    package init(_ bytes: ByteBuffer) {
        self.bytes = bytes.slice()
    }

    package var octets: Int { self.bytes.readableBytes }

    /// Not to be changed: others look at it too.
    var header: HeaderIndex {
        if let header = self.readHeader { return header }
        let header = HeaderIndex(self.bytes)
        self.readHeader = header
        return header
    }

    var structure: MIMEStructure {
        if let structure = self.readStructure { return structure }
        let bytes = self.bytes
        let structure = MIMEStructure.parse(bytes.readableBytesUInt8Span)
        self.readStructure = structure
        return structure
    }
}
