internal import MailBytes
package import NIOCore
package import Storage

/// Where a stored message's text lies; valid only inside the closure it was given to.
package enum StoredBody: ~Copyable {
    /// The statement stands at the body's row.
    case row(Statement)
    case file(FileReader)

    package var octets: Int {
        switch self {
        case .row(let row): row.octets(Self.dataColumn)
        case .file(let file): file.octets
        }
    }

    /// All of it as memory: a row's blob, or the mapped file.
    package func withBytes<R>(_ use: (Span<UInt8>) throws -> R) throws -> R {
        switch self {
        case .row(let row): try row.withBlob(Self.dataColumn, use)
        case .file(let file): try file.withBytes(use)
        }
    }

    /// Copies a part of it into the buffer.
    package func append(_ range: Range<Int>, to buffer: inout ByteBuffer) throws {
        switch self {
        case .row(let row): row.withBlob(Self.dataColumn) { buffer.writeSpan($0.extracting(range)) }
        case .file(let file): try file.append(range, to: &buffer)
        }
    }

    private static var dataColumn: Int32 { 1 }
}
