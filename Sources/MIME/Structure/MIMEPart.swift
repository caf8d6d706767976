/// One part of a message: where its header and body stand, and what its content fields say.
///
/// It holds ranges into the message, never bytes of it, apart from the few of its content type.
package struct MIMEPart: Sendable {
    package enum Kind: Hashable, Sendable {
        /// Text, an image, anything that is not looked into.
        case leaf
        /// Its parts are its children.
        case multipart
        /// `message/rfc822`: its one child is the message it encloses.
        case message
    }

    package internal(set) var kind: Kind = .leaf
    /// The header with the empty line that ends it; just the lines when a boundary or the end cuts it off.
    package internal(set) var header: Range<Int>
    /// What follows the header, up to before the line end that belongs to the next boundary.
    package internal(set) var body: Range<Int>
    /// Line ends in the body.
    package internal(set) var bodyLines = 0
    /// The part that holds this one; `nil` for the message itself. Children of a part stand after it.
    package internal(set) var parent: Int?
    package internal(set) var firstChild: Int?
    package internal(set) var nextSibling: Int?
    /// 0 for the message itself.
    package internal(set) var depth = 0
    package internal(set) var fields = ContentFields()
    /// As the header has it; `nil` when it has none or is no MIME header at all.
    package internal(set) var contentType: ContentType?

    /// Header and body.
    package var whole: Range<Int> { self.header.lowerBound..<self.body.upperBound }
}

/// Where the values of a part's content fields stand; the first of each name that can be read counts. RFC 2045 §3.
package struct ContentFields: Sendable {
    package internal(set) var transferEncoding: Range<Int>?
    package internal(set) var id: Range<Int>?
    package internal(set) var description: Range<Int>?
    package internal(set) var md5: Range<Int>?
    package internal(set) var disposition: Range<Int>?
    /// A disposition without parameters gives way to a later one.
    var hasParametersInDisposition = false
    package internal(set) var language: Range<Int>?
    package internal(set) var location: Range<Int>?
}
