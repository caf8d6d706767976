internal import MailBytes
internal import NIOCore
internal import Storage

/// A change to a message's header: lines put in at one place and lines cut out behind it.
struct MessageEdit {
    /// Where ``insertion`` goes.
    var position: Int
    var insertion: ByteBuffer
    /// Ranges to leave out, ascending, all behind `position`.
    var cuts: [Range<Int>]

    var isEmpty: Bool { self.insertion.readableBytes == 0 && self.cuts.isEmpty }

    /// The message as it is then: in memory when it fits, else as a new spool file; the old one is the caller's.
    ///
    /// Blocks nobody: a file is read and written on the spool's lane, a piece at a time. The old one is read until
    /// `completion` is called.
    func apply(
        to content: MessageContent,
        spool: Spool,
        completion: @escaping @Sendable (Result<MessageContent, any Error>) -> Void
    ) {
        do {
            let isSmall = content.octets + self.insertion.readableBytes <= MessageContentLimits.inlineMax
            if isSmall {
                var target = ByteBuffer()
                target.reserveCapacity(content.octets + self.insertion.readableBytes)
                try content.withBytes { bytes in self.pieces(bytes) { target.writeSpan($0) } }
                completion(.success(.inline(target)))
                return
            }
            let writer = spool.begin()
            writer.append { emit in try content.withBytes { bytes in self.pieces(bytes, emit) } }
            writer.finish { completion($0.map { .file($0) }) }
        } catch {
            completion(.failure(error))
        }
    }

    private func pieces(_ bytes: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) {
        emit(bytes.extracting(0..<self.position))
        if self.insertion.readableBytes > 0 { emit(self.insertion.readableBytesUInt8Span) }
        var start = self.position
        for cut in self.cuts {
            emit(bytes.extracting(start..<cut.lowerBound))
            start = cut.upperBound
        }
        emit(bytes.extracting(start..<bytes.count))
    }
}
