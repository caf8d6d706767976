internal import MailBytes
package import NIOCore

/// What a client has said within an exchange. RFC 4422 §4.
package enum SASLInput: Hashable, Sendable {
    /// No initial response came with the command.
    case absent
    case octets([UInt8])
    /// The client gives the exchange up.
    case cancelled
    /// No base64.
    case malformed

    /// - Parameter base64: what stands between the protocol's own marks: `*` to cancel, empty for no octets.
    package init(base64: ByteBuffer) {
        if base64.readableBytes == 1, base64.getInteger(at: base64.readerIndex) == UInt8(ascii: "*") {
            self = .cancelled
        } else if let octets = Base64.decode(base64.readableBytesUInt8Span) {
            self = .octets(octets)
        } else {
            self = .malformed
        }
    }
}
