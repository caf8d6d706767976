internal import MailBytes

/// A part's body made text, for SEARCH and previews.
package enum BodyText {
    /// Undoes the transfer encoding and the charset of a part's body.
    ///
    /// At most ``MIMELimits/searchedTextOctetsMax`` octets of it are read.
    package static func decode(_ part: MIMEPart, of message: Span<UInt8>) -> String {
        Self.decode(part, of: message, sourceOctetsMax: MIMELimits.searchedTextOctetsMax)
    }

    /// The same for a body by itself.
    ///
    /// - Parameter charset: as Content-Type has it; `nil` for none.
    package static func decode(_ body: Span<UInt8>, charset: String?, encoding: TransferEncoding) -> String {
        var bytes: [UInt8] = []
        switch encoding {
        case .identity, .unknown: return Charset.decode(body, named: charset)
        case .base64: Base64.decodeLeniently(body, into: &bytes)
        case .quotedPrintable: QuotedPrintable.decode(body, into: &bytes)
        }
        return Charset.decode(bytes.span, named: charset)
    }

    static func decode(_ part: MIMEPart, of message: Span<UInt8>, sourceOctetsMax: Int) -> String {
        let body = message.extracting(part.body.prefix(sourceOctetsMax))
        let encoding = part.fields.transferEncoding.map { TransferEncoding($0, in: message) } ?? .identity
        return Self.decode(body, charset: part.contentType?.charset, encoding: encoding)
    }

    /// Whether a part is text, as readers see it.
    package static func isText(_ part: MIMEPart) -> Bool {
        part.kind == .leaf && (part.contentType?.isText ?? true)
    }

    /// Whether a search for words should look into a part: text, and what reports are made of
    /// (`message/delivery-status`).
    package static func isSearchable(_ part: MIMEPart) -> Bool {
        Self.isText(part) || part.kind == .leaf && part.contentType?.type.isCaseInsensitively("message") ?? false
    }
}
