/// Why a script could not be run to its end; the message is kept then. RFC 5228 §2.10.6.
package struct SieveRunError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        /// A bound of ``SieveLimits`` was reached.
        case limit
        /// Two actions exclude each other.
        case conflict
        /// A value made while running is not what its place asks for.
        case value
        /// An included script is missing or runs in circles.
        case include
        /// The script ended itself with `error`. RFC 5463 §5.
        case script
    }

    package var kind: Kind
    package var position: SievePosition
    /// Which script; empty until it is known.
    package var script = ""
    /// It may quote what the script made of the message, so it goes to the script's owner only.
    package var message: String
    /// The same without what may be of the message.
    private var plainMessage: String

    init(_ kind: Kind, at position: SievePosition, _ message: String) {
        self.init(kind, at: position, message, plain: message)
    }

    init(_ kind: Kind, at position: SievePosition, _ message: String, plain: String) {
        self.kind = kind
        self.position = position
        self.message = SieveDiagnostic.shortened(message)
        self.plainMessage = SieveDiagnostic.shortened(plain)
    }

    /// - Parameter message: how a value is told that the script put together; it is given the value in quotes,
    ///   or words in its place.
    init(_ kind: Kind, at position: SievePosition, quoting value: String, _ message: (String) -> String) {
        self.init(kind, at: position, message("'\(value)'"), plain: message("what was put together"))
    }

    package var description: String { "\(self.script):\(self.position): \(self.message)" }

    /// As ``description``, with the script's own words alone: for the log and the trace.
    package var plainDescription: String { "\(self.script):\(self.position): \(self.plainMessage)" }
}
