import MailBytes
import MailTypes
import NIOCore
import SMTPWire

/// Codecs: what is encoded is decoded to the same, what is decoded is bounded; and scans find what a slow look finds.
enum BytesProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        try Self.checkBase64(input)
        try Self.checkQuotedPrintable(input)
        try Self.checkMailboxNames(input)
        try Self.checkCharsets(input)
        try Self.checkScans(input)
        try Self.checkWords(input)
    }

    private static func checkBase64(_ input: [UInt8]) throws(BrokenProperty) {
        let text = Base64.encode(input)
        try require(text.utf8.count == Base64.encodedCount(input.count), "base64 has four octets for three")
        try require(Base64.decode(text) == input, "base64 is decoded to what was encoded")
        if let decoded = Base64.decode(input.span) {
            try require(Base64.encode(decoded).utf8.elementsEqual(input), "base64 has one spelling")
        }
        var wrapped = ByteBuffer()
        Base64.write(input.span, lineLength: 76, into: &wrapped)
        var lenient: [UInt8] = []
        Base64.decodeLeniently(wrapped.readableBytesUInt8Span, into: &lenient)
        try require(lenient == input, "base64 in lines is decoded to what was encoded")
        lenient = []
        Base64.decodeLeniently(input.span, into: &lenient)
        try require(lenient.count <= input.count * 3 / 4 + 1, "base64 decodes to less than it is")
    }

    private static func checkQuotedPrintable(_ input: [UInt8]) throws(BrokenProperty) {
        var text: [UInt8] = []
        QuotedPrintable.encode(input.span, into: &text)
        try require(text.allSatisfy { $0 < 0x7F }, "quoted-printable is ASCII")
        try require(text.span.hasOnlyCRLF, "quoted-printable has no bare CR or LF")
        let lines = text.split(separator: 10, omittingEmptySubsequences: false)
        try require(
            lines.allSatisfy { $0.count <= QuotedPrintable.lineOctetsMax + 1 },
            "quoted-printable has lines of at most 76 octets"
        )
        var decoded: [UInt8] = []
        QuotedPrintable.decode(text.span, into: &decoded)
        var expected: [UInt8] = []
        for (index, byte) in input.enumerated() {
            if byte == 10, index == 0 || input[index - 1] != 13 { expected.append(13) }
            expected.append(byte)
        }
        try require(decoded == expected, "quoted-printable is decoded to what was encoded")
        decoded = []
        QuotedPrintable.decode(input.span, into: &decoded)
        try require(decoded.count <= input.count, "quoted-printable decodes to no more than it is")
    }

    private static func checkMailboxNames(_ input: [UInt8]) throws(BrokenProperty) {
        if let name = ModifiedUTF7.decode(input) {
            try require(ModifiedUTF7.encode(name) == input, "a mailbox's name has one spelling")
        }
        guard let text = String(validating: input, as: UTF8.self) else { return }
        let wire = ModifiedUTF7.encode(text)
        try require(wire.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "a mailbox's name is printable on the wire")
        try require(
            ModifiedUTF7.decode(wire)?.utf8.elementsEqual(input) ?? false,
            "a mailbox's name is decoded to what was encoded"
        )
    }

    // MARK: - Charsets

    private static let charsets = [
        "utf-8", "us-ascii", "iso-8859-1", "windows-1252", "windows-1251", "koi8-r", "iso-8859-15", "iso-2022-jp",
        "shift_jis", "euc-jp", "gb2312", "gb18030", "big5", "euc-kr", "utf-7", "utf-16", "utf-16le", "utf-32",
        "iso-2022-kr", "iso-2022-cn", "hz-gb-2312", "tis-620", "x-unknown", "nonsense", "ibm037", "viscii",
    ]

    /// Text in one of the charsets, or in the one that the input's first line names.
    private static func checkCharsets(_ input: [UInt8]) throws(BrokenProperty) {
        let (first, rest) = Self.firstLine(of: input)
        var random = SplitMix(state: UInt64(input.count) &+ UInt64(input.last ?? 0) << 32)
        let chosen = Self.charsets[random.below(Self.charsets.count)]
        for (name, bytes) in [(chosen, input), (String(decoding: first, as: UTF8.self), rest)] {
            let text = Charset.decode(bytes.span, named: name)
            try require(text.utf8.count <= 9 * bytes.count + 8, "text is bounded by its octets")
        }
        guard let text = String(validating: input, as: UTF8.self) else { return }
        try require(Charset.decode(input.span, named: "utf-8") == text, "UTF-8 is what it is")
        for limit in [0, 1, input.count / 2, input.count] {
            let count = UTF8Text.wholeCharacters(input.span, limit: limit)
            try require(
                count <= limit && limit - count < 4 && UTF8Text.isValid(input.span.extracting(0..<count)),
                "text is cut between characters"
            )
        }
    }

    private static func firstLine(of input: [UInt8]) -> (first: [UInt8], rest: [UInt8]) {
        guard let end = input.firstIndex(of: 10) else { return ([], input) }
        return (Array(input[..<end]), Array(input[(end + 1)...]))
    }

    // MARK: - Scans

    private static func checkScans(_ input: [UInt8]) throws(BrokenProperty) {
        for start in [0, 1, input.count / 2, input.count] {
            for byte: UInt8 in [10, 13, 0, 0x61] {
                let expected = input.indices.dropFirst(start).first { input[$0] == byte }
                try require(input.span.firstIndex(of: byte, from: start) == expected, "a byte is found where it is")
            }
        }
        let pairs = zip(input, input.dropFirst())
        let crlf = pairs.enumerated().first { $0.element == (13, 10) }?.offset
        try require(input.span.firstCRLF() == crlf, "a CRLF is found where it is")
        let hasBareLF = input.indices.contains { input[$0] == 10 && ($0 == 0 || input[$0 - 1] != 13) }
        let hasBareCR = input.indices.contains { input[$0] == 13 && ($0 + 1 == input.count || input[$0 + 1] != 10) }
        try require(input.span.hasOnlyCRLF == !(hasBareLF || hasBareCR), "bare CR and LF are seen")
        let hasDotLine = input.first == ASCII.dot || pairs.contains { $0 == (10, ASCII.dot) }
        try require(input.span.hasDotLine == hasDotLine, "lines that begin with a dot are seen")
    }

    // MARK: - Words

    private static func checkWords(_ input: [UInt8]) throws(BrokenProperty) {
        try require(Hex.decode(Hex.encode(input)) == input, "hexadecimal digits are decoded to what was encoded")
        let text = String(decoding: input.prefix(1_000), as: UTF8.self)
        try require(XText.decode(XText.encode(text)) == text, "xtext is decoded to what was encoded")
        if let identifier = TimeSortedID(text) {
            try require(identifier.description == text.lowercased(), "an identifier has one spelling")
        }
        if let status = EnhancedStatus(text) {
            try require(EnhancedStatus(status.description) == status, "a status code is read as it is written")
        }
    }
}
