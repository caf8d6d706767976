internal import MailBytes

/// What a part says it is: `text/html; charset=utf-8`. RFC 2045 §5.1.
package struct ContentType: Hashable, Sendable {
    /// As sent; empty when nothing could be read.
    package var type: [UInt8]
    package var subtype: [UInt8]
    package var parameters: [MIMEParameter]

    package init(type: [UInt8], subtype: [UInt8], parameters: [MIMEParameter] = []) {
        self.type = type
        self.subtype = subtype
        self.parameters = parameters
    }

    /// Reads a field's value. A broken one is of no type at all, and has no parameters.
    ///
    ///     content := "Content-Type" ":" type "/" subtype *(";" parameter)
    package static func parse(_ value: Range<Int>, in bytes: Span<UInt8>) -> ContentType {
        var lexer = FieldLexer(value)
        var content = ContentType(type: [], subtype: [])
        guard lexer.skipBlanks(bytes) == .more else { return content }
        let typeOutcome = lexer.takeToken(bytes, into: &content.type)
        if typeOutcome == .atEnd { return content }
        let nothing = ContentType(type: [], subtype: [])
        guard typeOutcome == .more, !content.type.isEmpty, bytes[lexer.position] == UInt8(ascii: "/") else {
            return nothing
        }
        lexer.position += 1
        guard lexer.skipBlanks(bytes) == .more, lexer.takeToken(bytes, into: &content.subtype) != .broken,
            !content.subtype.isEmpty, lexer.isAtEnd || bytes[lexer.position] == UInt8(ascii: ";")
        else { return nothing }
        content.parameters = MIMEParameterList.parse(&lexer, in: bytes)
        return content
    }

    package var isText: Bool { self.type.isCaseInsensitively("text") }
    package var isMultipart: Bool { self.type.isCaseInsensitively("multipart") }
    package var isMessage: Bool {
        self.type.isCaseInsensitively("message") && self.subtype.isCaseInsensitively("rfc822")
    }
    package var isDigest: Bool { self.isMultipart && self.subtype.isCaseInsensitively("digest") }
    package var isHTML: Bool { self.isText && self.subtype.isCaseInsensitively("html") }

    /// The first parameter of that name (lower-case), its value as sent.
    package func parameter(_ name: StaticString) -> [UInt8]? {
        self.parameters.first { $0.name.isCaseInsensitively(name) }?.value
    }

    /// The charset's name; `nil` where none is given.
    package var charset: String? {
        self.parameter("charset").map { String(decoding: $0, as: UTF8.self) }
    }
}

/// How a part wants to be shown: `attachment; filename=…`. RFC 2183 §2.
package struct ContentDisposition: Hashable, Sendable {
    package var kind: [UInt8]
    package var parameters: [MIMEParameter]

    /// Reads a field's value; `nil` when it does not start with a word.
    package static func parse(_ value: Range<Int>, in bytes: Span<UInt8>) -> ContentDisposition? {
        var lexer = FieldLexer(value)
        var disposition = ContentDisposition(kind: [], parameters: [])
        guard lexer.skipBlanks(bytes) != .broken, lexer.takeToken(bytes, into: &disposition.kind) != .broken else {
            return nil
        }
        disposition.parameters = MIMEParameterList.parse(&lexer, in: bytes)
        return disposition
    }

    package var isAttachment: Bool { self.kind.isCaseInsensitively("attachment") }
}

/// How a part's octets are written for transport. RFC 2045 §6.
package enum TransferEncoding: Hashable, Sendable {
    /// 7bit, 8bit or binary: as they are.
    case identity
    case quotedPrintable
    case base64
    case unknown

    /// Reads a field's value and judges it by its first word.
    package init(_ value: Range<Int>, in bytes: Span<UInt8>) {
        var lexer = FieldLexer(value)
        var word: [UInt8] = []
        _ = lexer.skipBlanks(bytes)
        _ = lexer.takeToken(bytes, into: &word)
        if word.isCaseInsensitively("base64") {
            self = .base64
        } else if word.isCaseInsensitively("quoted-printable") {
            self = .quotedPrintable
        } else if word.isEmpty || word.isCaseInsensitively("7bit") || word.isCaseInsensitively("8bit")
            || word.isCaseInsensitively("binary")
        {
            self = .identity
        } else {
            self = .unknown
        }
    }
}
