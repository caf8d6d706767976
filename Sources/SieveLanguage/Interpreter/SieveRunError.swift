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
    /// It may quote the script, so it goes to the script's owner only.
    package var message: String

    init(_ kind: Kind, at position: SievePosition, _ message: String) {
        self.kind = kind
        self.position = position
        self.message = SieveDiagnostic.shortened(message)
    }

    package var description: String { "\(self.script):\(self.position): \(self.message)" }
}
