package import MailTypes
package import NIOCore
internal import Storage

/// A message's facts as they stand in its row; valid only inside the closure it was given to.
package struct StoredMessageRow: ~Copyable {
    private let row: Statement

    init(row: Statement) {
        self.row = row
    }

    package var octets: Int { Int(self.row.int(0)) }
    package var internalDate: Instant { Instant(millisecondsSince1970: self.row.int(1)) }
    /// Octets of the header, the empty line included.
    package var headerOctets: Int { Int(self.row.int(2)) }
    /// The Date field; `nil` when there is none that can be read.
    package var sentAt: Instant? { self.row.optionalInt(3).map { Instant(millisecondsSince1970: $0) } }

    /// The Message-ID with its angle brackets; empty when there is none.
    package func withMessageID<R>(_ use: (Span<UInt8>) throws -> R) rethrows -> R { try self.row.withBlob(4, use) }

    /// The ENVELOPE as FETCH answers it. Asked for with ``MessageFields/envelope``.
    package func withEnvelope<R>(_ use: (Span<UInt8>) throws -> R) rethrows -> R { try self.row.withBlob(5, use) }

    /// The BODYSTRUCTURE as FETCH answers it. Asked for with ``MessageFields/bodyStructure``.
    package func withBodyStructure<R>(_ use: (Span<UInt8>) throws -> R) rethrows -> R { try self.row.withBlob(6, use) }

    package func writeEnvelope(into buffer: inout ByteBuffer) {
        self.row.withBlob(5) { bytes in _ = unsafe bytes.withUnsafeBytes { unsafe buffer.writeBytes($0) } }
    }

    package func writeBodyStructure(into buffer: inout ByteBuffer) {
        self.row.withBlob(6) { bytes in _ = unsafe bytes.withUnsafeBytes { unsafe buffer.writeBytes($0) } }
    }
}
