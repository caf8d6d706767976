internal import MailBytes

extension WireCursor {
    /// What stands in brackets after `BODY`, brackets included.
    ///
    ///     section         = "[" [section-spec] "]"
    ///     section-spec    = section-msgtext / (section-part ["." section-text])
    ///     section-part    = nz-number *("." nz-number)
    ///     section-text    = section-msgtext / "MIME"
    ///
    /// RFC 9051 §9.
    package mutating func takeSection() throws(WireSyntaxError) -> BodySection {
        try self.whole { cursor throws(WireSyntaxError) in
            try cursor.expect(UInt8(ascii: "["), .section)
            if cursor.skip(UInt8(ascii: "]")) { return BodySection(text: .all) }
            var section = BodySection(text: .all)
            let endsWithNumber = try cursor.takePart(into: &section.part)
            if !endsWithNumber { section.text = try cursor.takeSectionText(hasPart: !section.part.isEmpty) }
            try cursor.expect(UInt8(ascii: "]"), .section)
            return section
        }
    }

    /// - Returns: Whether the part number is all there is; if not, a section text follows.
    private mutating func takePart(into part: inout [UInt32]) throws(WireSyntaxError) -> Bool {
        guard let first = self.next, ASCII.isDigit(first) else { return false }
        while let digit = self.next, ASCII.isDigit(digit) {
            guard part.count < IMAPLimits.partDepthMax else { throw self.syntaxError(.sectionPartDepth) }
            part.append(try self.takeNonZeroNumber())
            guard self.skip(ASCII.dot) else { return true }
        }
        return false
    }

    ///     section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
    private mutating func takeSectionText(hasPart: Bool) throws(WireSyntaxError) -> BodySection.Text {
        let start = self.syntaxError(.section)
        switch try self.takeName(.section) {
        case "HEADER": return .header
        case "TEXT": return .text
        case "MIME" where hasPart: return .mime
        case "HEADER.FIELDS":
            try self.expectSpace()
            return .headerFields(try self.takeHeaderList())
        case "HEADER.FIELDS.NOT":
            try self.expectSpace()
            return .headerFieldsNot(try self.takeHeaderList())
        default: throw start
        }
    }

    ///     header-list = "(" header-fld-name *(SP header-fld-name) ")"
    private mutating func takeHeaderList() throws(WireSyntaxError) -> [String] {
        try self.expectOpen()
        var names: [String] = []
        repeat {
            guard names.count < IMAPLimits.headerFieldsMax else { throw self.syntaxError(.headerFieldCount) }
            names.append(try self.takeHeaderFieldName())
        } while self.skip(ASCII.space)
        try self.expectClose()
        return names
    }

    /// `header-fld-name = astring`, of the bytes a field name can have, because it is echoed in the answer.
    mutating func takeHeaderFieldName() throws(WireSyntaxError) -> String {
        let start = self.syntaxError(.headerFieldName)
        let bytes = try self.takeAString()
        guard !bytes.isEmpty, bytes.allSatisfy(IMAPByteClass.isFieldName) else { throw start }
        return String(decoding: bytes, as: UTF8.self)
    }
}
