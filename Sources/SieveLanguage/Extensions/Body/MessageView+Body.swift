internal import MIME
internal import MailBytes
internal import NIOCore

/// What the body tests and MIME tests see of a message.
extension MessageView {
    /// All behind the header, as it was sent.
    var bodyBytes: [UInt8] {
        let start = self.header.bodyStart
        let range = start..<max(start, self.bytes.readableBytes)
        return Array(self.slice(range).readableBytesView)
    }

    /// The parts whose text is read: text without attachments' names.
    var textParts: [Int] {
        self.structure.parts.indices.filter { BodyText.isSearchable(self.structure.parts[$0]) }
    }

    /// A part's type in lower case; what the standard says it is when it does not say itself. RFC 2045 §5.2.
    func mediaType(of part: Int) -> (type: [UInt8], subtype: [UInt8]) {
        let structure = self.structure
        if let type = structure.parts[part].contentType, !type.type.isEmpty {
            return (ASCIIFold.folded(type.type), ASCIIFold.folded(type.subtype))
        }
        let isInDigest =
            structure.parts[part].parent.map { structure.parts[$0].contentType?.isDigest ?? false } ?? false
        return isInDigest
            ? (Array("message".utf8), Array("rfc822".utf8)) : (Array("text".utf8), Array("plain".utf8))
    }

    /// A part's text as words: decoded, without markup.
    func readableText(of part: Int) -> [UInt8] {
        if let text = self.texts[part] { return text }
        let structure = self.structure
        let message = self.bytes
        var text = BodyText.decode(structure.parts[part], of: message.readableBytesUInt8Span)
        if structure.parts[part].contentType?.isHTML ?? false { text = HTMLText.plain(from: text) }
        let bytes = Array(text.utf8)
        self.texts[part] = bytes
        return bytes
    }

    /// A part's content: transfer encoding and, for text, charset undone; of a multipart what stands before and behind its
    /// parts, of a message its header. RFC 5173 §5.2.
    func content(of part: Int) -> [UInt8] {
        let structure = self.structure
        let found = structure.parts[part]
        switch found.kind {
        case .multipart:
            var bytes: [UInt8] = []
            let children = structure.children(of: part)
            let first = children.first.map { structure.parts[$0].whole.lowerBound } ?? found.body.upperBound
            let last = children.last.map { structure.parts[$0].whole.upperBound } ?? found.body.upperBound
            bytes += self.slice(found.body.lowerBound..<max(found.body.lowerBound, first)).readableBytesView
            bytes += self.slice(min(last, found.body.upperBound)..<found.body.upperBound).readableBytesView
            return bytes
        case .message:
            guard let child = found.firstChild else { return [] }
            return Array(self.slice(structure.parts[child].header).readableBytesView)
        case .leaf:
            let isText = BodyText.isSearchable(found)
            let bytes = self.bytes
            if isText { return Array(BodyText.decode(found, of: bytes.readableBytesUInt8Span).utf8) }
            return self.decodedBody(of: part)
        }
    }

    /// A part's octets with the transfer encoding undone.
    func decodedBody(of part: Int) -> [UInt8] {
        let found = self.structure.parts[part]
        let message = self.bytes
        var encoding = TransferEncoding.identity
        if let field = found.fields.transferEncoding {
            encoding = TransferEncoding(field, in: message.readableBytesUInt8Span)
        }
        let body = Array(self.slice(found.body).readableBytesView)
        var bytes: [UInt8] = []
        switch encoding {
        case .identity, .unknown: return body
        case .base64: Base64.decodeLeniently(body.span, into: &bytes)
        case .quotedPrintable: QuotedPrintable.decode(body.span, into: &bytes)
        }
        return bytes
    }
}
