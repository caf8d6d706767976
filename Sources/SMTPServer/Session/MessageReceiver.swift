internal import NIOCore
internal import Reception
internal import SMTPWire
internal import Storage

/// A message while it comes in: in memory up to a size, then in the spool.
///
/// The trace header stands at the buffer's front before the first octet of the message, so that nothing is moved.
struct MessageReceiver {
    let front: MessageFront
    /// What is not in the spool: all of a small message, front included.
    var buffer: ByteBuffer
    /// Octets of the message so far, without the front.
    private(set) var octets = 0
    /// The last octet so far ends a line, as every message's last must.
    private(set) var endsLine = true
    /// Where a large message goes; `nil` for a small one.
    private(set) var writer: SpoolWriter?
    /// Octets handed to the writer and not yet written.
    private(set) var spilling = 0
    /// Why the message is not to be taken; then nothing of it is kept any more.
    private(set) var refusal: SMTPReply?

    init(front: MessageFront, buffer: ByteBuffer) {
        self.front = front
        self.buffer = buffer
    }

    /// Counts octets that were added to the buffer; a message over the limit is thrown away as it comes.
    mutating func received(_ count: Int, octetsMax: Int) {
        self.octets += count
        if count > 0 { self.endsLine = self.buffer.getInteger(at: self.buffer.writerIndex - 1) == UInt8(ascii: "\n") }
        if self.octets > octetsMax { self.refuse(.messageTooLarge) }
        if self.refusal != nil { self.buffer.clear() }
    }

    mutating func refuse(_ reply: SMTPReply) {
        guard self.refusal == nil else { return }
        self.refusal = reply
        self.buffer = ByteBuffer()
        self.writer?.cancel()
        self.writer = nil
    }

    /// Whether the buffer has more than a message in memory may have.
    var mustSpill: Bool {
        self.refusal == nil
            && (self.writer != nil
                ? self.buffer.readableBytes >= Self.spillOctets
                : self.buffer.readableBytes > MessageContentLimits.inlineMax)
    }

    /// Takes what is to be written to the spool.
    mutating func takeSpill(from spool: Spool) -> (SpoolWriter, ByteBuffer) {
        let writer = self.writer ?? spool.begin()
        self.writer = writer
        let bytes = self.buffer
        self.buffer = ByteBuffer()
        self.buffer.reserveCapacity(Self.spillOctets + 65_536)
        self.spilling += bytes.readableBytes
        return (writer, bytes)
    }

    mutating func spilled(_ count: Int, error: StorageError?) {
        self.spilling -= count
        if let error { self.refuse(error.code == .diskFull ? .insufficientStorage : .localError) }
    }

    /// The connection is gone.
    mutating func abandon() {
        self.writer?.cancel()
        self.writer = nil
    }

    /// Octets written to the spool at a time.
    private static let spillOctets = 128 * 1_024
}
