internal import MailBytes
package import NIOCore

/// A message's BODY or BODYSTRUCTURE as it stands in a FETCH answer, parentheses included.
///
/// Written as Dovecot writes it, see ``IMAPEnvelope``. RFC 9051 §7.5.2.
package enum IMAPBodyStructure {
    /// - Parameter extended: `true` for BODYSTRUCTURE, `false` for BODY.
    package static func write(of message: Span<UInt8>, extended: Bool, into buffer: inout ByteBuffer) {
        Self.write(MIMEStructure.parse(message), of: message, extended: extended, into: &buffer)
    }

    /// The same for a message that is parsed already.
    package static func write(
        _ structure: MIMEStructure,
        of message: Span<UInt8>,
        extended: Bool,
        into buffer: inout ByteBuffer
    ) {
        var writer = BodyStructureWriter(structure: structure, isExtended: extended)
        writer.write(0, of: message)
        buffer.writeBytes(writer.text.bytes)
    }
}

/// Writes parts within parts; calls itself no deeper than ``MIMELimits/nestingMax``.
struct BodyStructureWriter {
    let structure: MIMEStructure
    let isExtended: Bool
    var text = WireText()

    ///     body = "(" (body-type-1part / body-type-mpart) ")"
    mutating func write(_ number: Int, of bytes: Span<UInt8>) {
        let part = self.structure.parts[number]
        guard !self.isFull else { return self.writeUndescribed(part) }
        self.text.append(UInt8(ascii: "("))
        if part.kind == .multipart {
            self.writeMultipart(part, of: bytes)
        } else {
            self.writeSingle(number, of: bytes)
        }
        self.text.append(UInt8(ascii: ")"))
    }

    ///     body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    private mutating func writeMultipart(_ part: MIMEPart, of bytes: Span<UInt8>) {
        var next = part.firstChild
        if next == nil { self.writeEmptyPart() }
        while let child = next {
            self.write(child, of: bytes)
            next = self.structure.parts[child].nextSibling
        }
        self.text.append(ASCII.space)
        self.text.appendString(part.contentType?.subtype ?? [])
        guard self.isExtended else { return }
        self.text.append(ASCII.space)
        self.writeParameters(part.contentType?.parameters ?? [], withCharset: false)
        self.writeExtension(part.fields, of: bytes)
    }

    /// Whether enough is told of the message.
    private var isFull: Bool { self.text.bytes.count >= MIMELimits.structureOctetsMax }

    private mutating func writeUndescribed(_ part: MIMEPart) {
        self.text.append("(\"application\" \"octet-stream\" NIL NIL NIL \"7bit\" ")
        self.text.append(part.body.count)
        self.text.append(self.isExtended ? " NIL NIL NIL NIL)" : ")")
    }

    /// A multipart must hold a part, so one that holds none shows an empty text.
    private mutating func writeEmptyPart() {
        self.text.append("(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0")
        self.text.append(self.isExtended ? " NIL NIL NIL NIL)" : ")")
    }

    ///     body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
    private mutating func writeSingle(_ number: Int, of bytes: Span<UInt8>) {
        let part = self.structure.parts[number]
        if number == 0, Self.isPlain(part, of: bytes) {
            return self.writePlain(part)
        }
        var isText = false
        if part.kind == .message {
            self.text.append("\"message\" \"rfc822\"")
        } else if let type = part.contentType {
            isText = type.isText
            self.writeType(type)
        } else {
            isText = true
            self.text.append("\"text\" \"plain\"")
        }
        self.text.append(ASCII.space)
        self.writeParameters(part.contentType?.parameters ?? [], withCharset: isText)
        self.writeFields(part, of: bytes)
        self.text.append(part.body.count)
        if part.kind == .message, let child = part.firstChild { self.writeEnclosed(child, of: bytes) }
        if isText || part.kind == .message {
            self.text.append(ASCII.space)
            self.text.append(part.bodyLines)
        }
        guard self.isExtended else { return }
        self.text.append(ASCII.space)
        self.writeLine(part.fields.md5, of: bytes)
        self.writeExtension(part.fields, of: bytes)
    }

    ///     body-type-msg = media-message SP body-fields SP envelope SP body SP body-fld-lines
    private mutating func writeEnclosed(_ child: Int, of bytes: Span<UInt8>) {
        let header = self.structure.parts[child].header
        self.text.append(ASCII.space)
        IMAPEnvelope.write(ofHeaderAt: header.lowerBound, before: header.upperBound, in: bytes, into: &self.text)
        self.text.append(ASCII.space)
        self.write(child, of: bytes)
    }

    /// A multipart or message that was not looked into, for want of a subtype or for its depth, is shown as octets.
    private mutating func writeType(_ type: ContentType) {
        if type.isMultipart || type.isMessage {
            self.text.append("\"application\" \"octet-stream\"")
        } else {
            self.text.appendString(type.type)
            self.text.append(ASCII.space)
            self.text.appendString(type.subtype)
        }
    }

    /// Whether a whole message is plain ASCII text and says so, or says nothing.
    private static func isPlain(_ part: MIMEPart, of bytes: Span<UInt8>) -> Bool {
        let fields = part.fields
        guard part.kind == .leaf, fields.id == nil, fields.description == nil, fields.md5 == nil,
            fields.language == nil, fields.location == nil,
            fields.disposition.flatMap({ ContentDisposition.parse($0, in: bytes) }) == nil
        else { return false }
        if let encoding = fields.transferEncoding.flatMap({ FieldLexer.onlyToken($0, in: bytes) }),
            !encoding.isCaseInsensitively("7bit")
        {
            return false
        }
        guard let type = part.contentType else { return true }
        guard type.isText, type.subtype.isCaseInsensitively("plain") else { return false }
        guard let parameter = type.parameters.first else { return true }
        return type.parameters.count == 1 && parameter.name.isCaseInsensitively("charset")
            && parameter.value.isCaseInsensitively("us-ascii")
    }

    /// The commonest structure in one fixed spelling, whatever cases the message spells it in.
    private mutating func writePlain(_ part: MIMEPart) {
        self.text.append("\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" ")
        self.text.append(part.body.count)
        self.text.append(ASCII.space)
        self.text.append(part.bodyLines)
        if self.isExtended { self.text.append(" NIL NIL NIL NIL") }
    }

    ///     body-fields = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
    private mutating func writeFields(_ part: MIMEPart, of bytes: Span<UInt8>) {
        self.text.append(ASCII.space)
        self.writeLine(part.fields.id, of: bytes)
        self.text.append(ASCII.space)
        self.writeLine(part.fields.description, of: bytes)
        self.text.append(ASCII.space)
        if let encoding = part.fields.transferEncoding.flatMap({ FieldLexer.onlyToken($0, in: bytes) }) {
            self.text.appendString(encoding)
        } else {
            self.text.append("\"7bit\"")
        }
        self.text.append(ASCII.space)
    }

    ///     body-ext = [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc]]]
    private mutating func writeExtension(_ fields: ContentFields, of bytes: Span<UInt8>) {
        guard !self.isFull else { return self.text.append(" NIL NIL NIL") }
        self.text.append(ASCII.space)
        if let disposition = fields.disposition.flatMap({ ContentDisposition.parse($0, in: bytes) }) {
            self.text.append(UInt8(ascii: "("))
            self.text.appendString(disposition.kind)
            self.text.append(ASCII.space)
            self.writeParameters(disposition.parameters, withCharset: false)
            self.text.append(UInt8(ascii: ")"))
        } else {
            self.text.appendNil()
        }
        self.text.append(ASCII.space)
        let languages = fields.language.map { Self.languages($0, in: bytes) } ?? []
        if languages.isEmpty {
            self.text.appendNil()
        } else {
            for (index, language) in languages.enumerated() {
                self.text.append(index == 0 ? UInt8(ascii: "(") : ASCII.space)
                self.text.appendString(language)
            }
            self.text.append(UInt8(ascii: ")"))
        }
        self.text.append(ASCII.space)
        self.writeLine(fields.location, of: bytes)
    }

    private mutating func writeLine(_ value: Range<Int>?, of bytes: Span<UInt8>) {
        if let value {
            self.text.appendUnfolded(value, in: bytes)
        } else {
            self.text.appendNil()
        }
    }

    /// - Parameter withCharset: whether text/plain's default charset is named where none is given. RFC 2046 §4.1.2.
    private mutating func writeParameters(_ parameters: [MIMEParameter], withCharset: Bool) {
        guard withCharset || !parameters.isEmpty, !self.isFull else { return self.text.appendNil() }
        self.text.append(UInt8(ascii: "("))
        var hasCharset = false
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { self.text.append(ASCII.space) }
            if parameter.name.isCaseInsensitively("charset") { hasCharset = true }
            self.text.appendString(parameter.name)
            self.text.append(ASCII.space)
            self.text.appendString(parameter.value)
        }
        if withCharset, !hasCharset {
            if !parameters.isEmpty { self.text.append(ASCII.space) }
            self.text.append("\"charset\" \"us-ascii\"")
        }
        self.text.append(UInt8(ascii: ")"))
    }

    ///     Language-Header = "Content-Language" ":" 1#Language-tag   (RFC 3282 §2)
    private static func languages(_ value: Range<Int>, in bytes: Span<UInt8>) -> [[UInt8]] {
        var lexer = FieldLexer(value)
        var languages: [[UInt8]] = []
        _ = lexer.skipBlanks(bytes)
        while languages.count < MIMELimits.languagesMax {
            var tag: [UInt8] = []
            guard lexer.takeAtom(bytes, into: &tag) != .broken || !tag.isEmpty else { break }
            languages.append(tag)
            guard lexer.current(bytes) == UInt8(ascii: ",") else { break }
            lexer.position += 1
            _ = lexer.skipBlanks(bytes)
        }
        return languages
    }
}
