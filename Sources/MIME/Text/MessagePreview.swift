internal import MailBytes

/// The first words of a message, for lists of messages. RFC 8970.
package enum MessagePreview {
    /// The text's beginning on one line, quoted lines left out unless there are no others.
    ///
    /// - Returns: At most ``MIMELimits/previewCharactersMax`` characters; empty when the message has no text.
    package static func text(of message: Span<UInt8>) -> String {
        Self.text(of: message, structure: MIMEStructure.parse(message))
    }

    /// The same for a message that is parsed already.
    package static func text(of message: Span<UInt8>, structure: MIMEStructure) -> String {
        guard let part = Self.mainText(structure, of: message) else { return "" }
        let limit = MIMELimits.previewSourceOctetsMax
        let decoded = BodyText.decode(part, of: message, sourceOctetsMax: limit)
        if part.contentType?.isHTML ?? false { return Self.line(from: HTMLText.plain(from: decoded)) }
        let lines = decoded.split(whereSeparator: \.isNewline)
        let own = lines.filter { $0.first != ">" }
        return Self.line(from: (own.isEmpty ? lines : own).joined(separator: " "))
    }

    /// The first part that is text and no attachment; plain text is taken before HTML.
    private static func mainText(_ structure: MIMEStructure, of message: Span<UInt8>) -> MIMEPart? {
        var html: MIMEPart?
        for part in structure.parts where BodyText.isText(part) && !part.body.isEmpty {
            if let value = part.fields.disposition, let disposition = ContentDisposition.parse(value, in: message),
                disposition.isAttachment
            {
                continue
            }
            guard part.contentType?.isHTML ?? false else { return part }
            html = html ?? part
        }
        return html
    }

    private static func line(from text: String) -> String {
        var line = ""
        var count = 0
        var isBlankDue = false
        for character in text {
            if character.isWhitespace || character.unicodeScalars.allSatisfy({ $0.value < 0x20 || $0.value == 0x7F }) {
                isBlankDue = count > 0
                continue
            }
            let width = isBlankDue ? 2 : 1
            guard count + width <= MIMELimits.previewCharactersMax else { break }
            if isBlankDue { line.append(" ") }
            line.append(character)
            count += width
            isBlankDue = false
        }
        return line
    }
}
