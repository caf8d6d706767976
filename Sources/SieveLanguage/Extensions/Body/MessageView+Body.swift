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

    /// Whether the part's text is read.
    func isText(_ part: Int) -> Bool {
        let found = self.structure.parts[part]
        return found.kind == .leaf && (found.contentType?.isText ?? true || self.isXHTML(part))
    }

    private func isXHTML(_ part: Int) -> Bool {
        self.mediaType(of: part) == (Array("application".utf8), Array("xhtml+xml".utf8))
    }

    /// Whether how the part is encoded is known, so that it can be read.
    private func isReadable(_ part: Int) -> Bool {
        guard let field = self.structure.parts[part].fields.transferEncoding else {
            // One that says nothing, or more than one word.
            let header = self.header(of: part)
            return header.next(HeaderKey("content-transfer-encoding")).map { header.text(at: $0).isEmpty } ?? true
        }
        let message = self.bytes
        return TransferEncoding(field, in: message.readableBytesUInt8Span) != .unknown
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
        let found = self.structure.parts[part]
        let message = self.bytes
        var text = self.isReadable(part) ? BodyText.decode(found, of: message.readableBytesUInt8Span) : ""
        if found.contentType?.isHTML ?? false || self.isXHTML(part) { text = HTMLText.plain(from: text) }
        let bytes = Array(text.utf8)
        self.texts[part] = bytes
        return bytes
    }

    /// A part's content: transfer encoding and, for text, charset undone; of a multipart what stands before and what
    /// behind its parts, of a message its header. RFC 5173 §5.2.
    func contents(of part: Int) -> [[UInt8]] {
        let structure = self.structure
        let found = structure.parts[part]
        switch found.kind {
        case .multipart:
            let children = structure.children(of: part)
            guard let first = children.first, let last = children.last else { return [self.octets(found.body)] }
            let prologue = found.body.lowerBound..<structure.parts[first].whole.lowerBound
            let epilogue = structure.parts[last].whole.upperBound..<found.body.upperBound
            let boundary = [UInt8](repeating: UInt8(ascii: "-"), count: 2)
            return [Self.beforeBoundary(self.octets(prologue)), Self.behindBoundary(self.octets(epilogue), boundary)]
        case .message:
            guard let child = found.firstChild else { return [] }
            var header = self.octets(structure.parts[child].header)
            if header.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] { header.removeLast(2) }
            return [header]
        case .leaf:
            guard self.isReadable(part) else { return [] }
            let message = self.bytes
            if BodyText.isText(found) {
                return [Array(BodyText.decode(found, of: message.readableBytesUInt8Span).utf8)]
            }
            return [self.decodedBody(of: part)]
        }
    }

    private func octets(_ range: Range<Int>) -> [UInt8] {
        Array(self.slice(range).readableBytesView)
    }

    /// What stands before the line that starts the first part.
    private static func beforeBoundary(_ prologue: [UInt8]) -> [UInt8] {
        let end = prologue.dropLast(2).lastIndex(of: ASCII.lineFeed).map { $0 + 1 } ?? 0
        return Array(prologue[..<end])
    }

    /// What stands behind the line that ends the last part.
    private static func behindBoundary(_ epilogue: [UInt8], _ mark: [UInt8]) -> [UInt8] {
        var rest = epilogue[...]
        while let end = rest.firstIndex(of: ASCII.lineFeed) {
            let line = rest[...end]
            rest = rest[(end + 1)...]
            if line.starts(with: mark) { return Array(rest) }
        }
        return []
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
