package import NIOCore

/// A server's answer to a command: `OK`, `NO` or `BYE`, perhaps a response code, and text for people. RFC 5804 §4.
///
/// The text never names a file or a host behind us. It may have several lines.
package struct ManageSieveReply: Error, Hashable, Sendable {
    package enum Status: String, Hashable, Sendable {
        case ok = "OK"
        case no = "NO"
        /// The connection closes.
        case bye = "BYE"
    }

    /// Says what a program can act on. RFC 5804 §1.3.
    package enum Code: Hashable, Sendable {
        /// The mechanism is not allowed here, encrypted or not.
        case authTooWeak
        /// The mechanism may be used over TLS only.
        case encryptNeeded
        /// The scripts of the account together are too large.
        case quota
        case quotaMaxScripts
        case quotaMaxSize
        /// What the mechanism has to say with success; not yet in base64.
        case sasl([UInt8])
        /// What NOOP is to repeat.
        case tag(ByteBuffer)
        case tryLater
        case active
        case nonexistent
        case alreadyExists
        case warnings
    }

    package var status: Status
    package var code: Code?
    package var text: String

    package init(_ status: Status, _ code: Code? = nil, _ text: String) {
        self.status = status
        self.code = code
        self.text = text
    }

    package static func done(_ text: String, _ code: Code? = nil) -> Self { Self(.ok, code, text) }

    package static func refused(_ text: String, _ code: Code? = nil) -> Self { Self(.no, code, text) }

    package static func bye(_ text: String, _ code: Code? = nil) -> Self { Self(.bye, code, text) }
}
