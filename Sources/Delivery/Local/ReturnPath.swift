internal import MailTypes
internal import NIOCore
internal import Storage

/// Puts the line that says where a message came from before it, as final delivery must. RFC 5321 §4.4.
struct ReturnPath: Sendable {
    let spool: Spool

    /// - Parameter completion: gets the content to store; if that is a file, it is the caller's to discard.
    func prepend(
        _ path: ReversePath,
        to content: MessageContent,
        completion: @escaping @Sendable (Result<MessageContent, any Error>) -> Void
    ) {
        var line = ByteBuffer()
        line.writeStaticString("Return-Path: <")
        line.writeString(path.description)
        line.writeStaticString(">\r\n")
        switch content {
        case .inline(let text) where text.readableBytes + line.readableBytes <= MessageContentLimits.inlineMax:
            line.writeImmutableBuffer(text)
            completion(.success(.inline(line)))
        case .inline(let text):
            let writer = self.spool.begin()
            writer.append(line) { _ in }
            writer.append(text) { _ in }
            writer.finish { completion($0.map { .file($0) }) }
        case .file(let file):
            let writer = self.spool.begin()
            writer.append(line) { _ in }
            Self.copy(LaneReader(path: file.path), to: writer, completion: completion)
        }
    }

    /// Each piece is read when the one before is written; both happen on the spool's lane.
    private static func copy(
        _ reader: LaneReader,
        to writer: SpoolWriter,
        completion: @escaping @Sendable (Result<MessageContent, any Error>) -> Void
    ) {
        writer.append(ByteBuffer()) { error in
            do {
                if let error { throw error }
                guard let piece = try reader.read(256 * 1_024) else {
                    writer.finish { completion($0.map { .file($0) }) }
                    return
                }
                writer.append(piece) { _ in }
                Self.copy(reader, to: writer, completion: completion)
            } catch {
                reader.cancel()
                writer.cancel()
                completion(.failure(error))
            }
        }
    }
}
