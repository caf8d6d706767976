internal import NIOCore
internal import SieveLanguage
internal import Storage

/// A message that a plan names, before its bytes are there: equal ones of several recipients are made once.
enum FiledContent: Hashable, Sendable {
    /// The message as a script left it.
    case edition(SieveEdition)
    /// The same as it is sent on, with the mark that keeps it from coming back.
    case redirected(SieveEdition, mark: String)
    /// An answer or a notice.
    case written([UInt8])

    var octets: Int {
        switch self {
        case .edition(let edition), .redirected(let edition, _): edition.octets
        case .written(let bytes): bytes.count
        }
    }

    /// - Parameter message: the message as it came.
    func make(of message: ByteBuffer) -> MessageContent {
        switch self {
        case .edition(let edition):
            var buffer = ByteBufferAllocator().buffer(capacity: edition.octets)
            edition.write(message, into: &buffer)
            return .inline(buffer)
        case .redirected(let edition, let mark):
            return .inline(Self.redirected(edition, of: message, "\(SieveRedirect.loopField): \(mark)\r\n"))
        case .written(let bytes):
            return .inline(ByteBuffer(bytes: bytes))
        }
    }

    /// The mark takes the place of a `Return-Path` line, which final delivery alone writes (RFC 5321 §4.4): there is
    /// room for both before the message, and the mark goes where the line ends.
    private static func redirected(_ edition: SieveEdition, of message: ByteBuffer, _ field: String) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: edition.octets + field.utf8.count)
        buffer.writeString(field)
        edition.write(message, into: &buffer)
        let returnPath = buffer.returnPathOctets(at: field.utf8.count)
        buffer.setString(field, at: returnPath)
        buffer.moveReaderIndex(to: returnPath)
        return buffer
    }
}
