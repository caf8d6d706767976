internal import MIME

/// The words of a message's body as its reader sees them: encodings undone, charsets converted. RFC 9051 §6.4.4.
enum SearchedText {
    /// Whether the text of any part holds the text, or the header of an enclosed message.
    static func body(
        of message: Span<UInt8>,
        _ structure: MIMEStructure,
        _ headers: inout SearchedHeaders,
        holds needle: SearchNeedle
    ) -> Bool {
        if needle.isEmpty { return true }
        var octetsLeft = SearchedHeaders.partOctetsMax
        for part in structure.parts {
            if let parent = part.parent, structure.parts[parent].kind == .message,
                headers.header(at: part.header, of: message, &octetsLeft, holds: needle)
            {
                return true
            }
            if BodyText.isSearchable(part), Self.part(part, of: message, holds: needle) { return true }
        }
        return false
    }

    private static func part(_ part: MIMEPart, of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        if needle.isASCII, Self.liesOpen(part, of: message) {
            return needle.isFound(inFolding: message.extracting(part.body))
        }
        return needle.isFound(in: BodyText.decode(part, of: message))
    }

    /// Whether ASCII text stands in the part's bytes as it is.
    private static func liesOpen(_ part: MIMEPart, of message: Span<UInt8>) -> Bool {
        if let encoding = part.fields.transferEncoding, TransferEncoding(encoding, in: message) != .identity {
            return false
        }
        guard let charset = part.contentType?.charset?.lowercased() else { return true }
        return ["us-ascii", "ascii", "utf-8", "utf8"].contains(charset) || charset.hasPrefix("iso-8859-")
            || charset.hasPrefix("windows-125")
    }
}
