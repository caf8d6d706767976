/// A string of a checked script: its bytes, or what has to be put together while it runs.
package struct SieveText: Hashable, Sendable {
    /// A stretch of a string with variables in it. RFC 5229 §3.
    package enum Piece: Hashable, Sendable {
        case literal([UInt8])
        /// A variable of the script, by its number.
        case variable(Int)
        /// `${0}`, `${1}` …: what the last successful `:matches` or `:regex` found.
        case match(Int)
        /// A variable that all included scripts share. RFC 6609 §3.4.
        case global(String)
    }

    package enum Content: Hashable, Sendable {
        case constant([UInt8])
        case pieces([Piece])
    }

    package let content: Content
    package let position: SievePosition

    init(_ content: Content, at position: SievePosition) {
        self.content = content
        self.position = position
    }

    /// The bytes, where no variable is in them.
    package var constant: [UInt8]? {
        if case .constant(let bytes) = self.content { bytes } else { nil }
    }
}
