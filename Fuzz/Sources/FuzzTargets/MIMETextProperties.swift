import MIME
import MailBytes
import MailTypes
import NIOCore

/// What is read of a message for people and searches: fields, dates, addresses, text.
enum MIMETextProperties {
    /// Fields and parts of one message that are looked at one by one.
    private static let fieldsMax = 200
    private static let partsMax = 40

    /// Octets of text for one octet of any charset, at most: three characters of three octets each.
    private static let textFactor = 9

    static func check(_ structure: MIMEStructure, of input: [UInt8]) throws(BrokenProperty) {
        var scanner = HeaderScanner()
        var end = 0
        var count = 0
        while let field = scanner.next(in: input.span) {
            try require(field.whole.lowerBound == end && !field.whole.isEmpty, "fields follow each other")
            try require(
                field.name.lowerBound >= end && field.name.upperBound <= field.value.lowerBound
                    && field.value.upperBound <= field.whole.upperBound,
                "name and value lie in their field"
            )
            end = field.whole.upperBound
            count += 1
            if count <= Self.fieldsMax { try Self.check(field, in: input) }
        }
        try require(scanner.position <= input.count && scanner.position >= end, "a header ends inside the message")
        for part in structure.parts.prefix(Self.partsMax) { try Self.check(part, of: input) }
        let preview = MessagePreview.text(of: input.span, structure: structure)
        try require(
            preview.count <= MIMELimits.previewCharactersMax
                && !preview.utf8.contains { $0 == 10 || $0 == 13 || $0 == 0 },
            "a preview is one short line"
        )
    }

    private static func check(_ field: HeaderField, in input: [UInt8]) throws(BrokenProperty) {
        let text = HeaderText.decode(field.value, in: input.span)
        try require(!text.utf8.contains { $0 == 10 || $0 == 13 || $0 == 0 }, "decoded text is one line")
        try require(
            text.utf8.count <= Self.textFactor * field.value.count + 8,
            "decoded text is bounded by its field"
        )
        try require(
            HeaderText.decode(input[field.value].span) == text,
            "a field's text does not depend on what stands around it"
        )
        if let date = RFC5322Date.parse(field.value, in: input.span) { try Self.check(date) }
        let addresses = AddressList.parse(field.value, in: input.span)
        try require(addresses.count <= MIMELimits.addressesMax + 2, "addresses are no more than the limit")
        for address in addresses {
            try require(
                address.isGroupEnd || address.mailbox != nil,
                "an address has a mailbox, or a word that it has none"
            )
        }
        let type = ContentType.parse(field.value, in: input.span)
        let disposition = ContentDisposition.parse(field.value, in: input.span)
        for parameter in type.parameters + (disposition?.parameters ?? []) {
            try require(
                HeaderText.decode(parameter).utf8.count <= Self.textFactor * parameter.value.count + 8,
                "a parameter's text is bounded by its value"
            )
        }
    }

    /// A date that was read, written as we write dates, is the same.
    private static func check(_ date: RFC5322Date) throws(BrokenProperty) {
        let text = Array(RFC5322Date.format(date.instant, zoneMinutes: date.zoneMinutes).utf8)
        // A time of 24:00 or later is the next day's, and zones shift the year at its ends.
        guard (2...9_998).contains(date.year), let again = RFC5322Date.parse(text.span) else {
            return try require(!(2...9_998).contains(date.year), "a date written again is a date")
        }
        try require(
            again.instant == date.instant && again.zoneMinutes == date.zoneMinutes,
            "a date written again is the same moment in the same zone"
        )
    }

    private static func check(_ part: MIMEPart, of input: [UInt8]) throws(BrokenProperty) {
        let text = BodyText.decode(part, of: input.span)
        try require(
            text.utf8.count <= Self.textFactor * part.body.count + 8,
            "a body's text is bounded by its octets"
        )
        let plain = HTMLText.plain(from: text)
        try require(plain.utf8.count <= text.utf8.count, "text without its tags is no longer than with them")
    }
}
