/// A word of a script. RFC 5228 §8.1.
struct SieveToken: Equatable {
    enum Kind: Equatable {
        /// In lower case.
        case identifier(String)
        /// In lower case, without its colon.
        case tag(String)
        /// With its quantifier multiplied in.
        case number(UInt64)
        /// Quoted or multi-line, escapes and dot-stuffing undone, line ends CRLF.
        case string([UInt8])
        /// One of `[ ] ( ) { } , ;`.
        case mark(UInt8)
        /// Bytes that mean nothing in Sieve; already reported.
        case unreadable
        case end
    }

    var kind: Kind
    var position: SievePosition

    func isMark(_ mark: Unicode.Scalar) -> Bool {
        self.kind == .mark(UInt8(truncatingIfNeeded: mark.value))
    }

    /// The token as a message to the author names it.
    var name: String {
        switch self.kind {
        case .identifier(let name): "the word '\(name)'"
        case .tag(let name): "the tag ':\(name)'"
        case .number(let number): "the number \(number)"
        case .string: "a string"
        case .mark(let mark): "'\(Character(Unicode.Scalar(mark)))'"
        case .unreadable: "unreadable characters"
        case .end: "the end of the script"
        }
    }
}
