package import NIOCore

/// A whole message in hand: small ones in memory, larger ones as a file that is written but not yet synced.
package enum MessageContent: Sendable {
    /// At most ``MessageContentLimits/inlineMax`` octets.
    case inline(ByteBuffer)
    case file(SpoolFile)

    package var octets: Int {
        switch self {
        case .inline(let buffer): buffer.readableBytes
        case .file(let file): file.octets
        }
    }

    /// The message's bytes, where they lie; a file is mapped, not read in. Blocks on the disk for files.
    package func withBytes<R>(_ body: (Span<UInt8>) throws -> R) throws -> R {
        switch self {
        case .inline(let buffer): return try body(buffer.readableBytesUInt8Span)
        case .file(let file):
            try file.requireNoFailure()
            return try FileReader(path: file.path).withBytes(body)
        }
    }

    /// Removes a spooled file's name. To be called once by whoever received the message, when it is stored or refused.
    package func discard() {
        if case .file(let file) = self { file.discard() }
    }
}

package enum MessageContentLimits {
    /// Octets up to which a message is a row of the database; a larger one is a file beside it, so that its bytes are
    /// written once and neither the log nor a cache is flooded.
    package static let inlineMax = 128 * 1_024
}
