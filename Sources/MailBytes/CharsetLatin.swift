/// Windows-1252, which is also what mail labelled ISO 8859-1 really is.
enum CharsetLatin {
    /// The characters of 0x80 to 0x9F; the five that Windows leaves open are the control characters of ISO 8859-1.
    private static let upperControls: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
        0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
        0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    ]

    static func decode(_ bytes: Span<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count + bytes.count / 8)
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte < 0x80 {
                text.append(byte)
            } else {
                let unit = byte < 0xA0 ? Self.upperControls[Int(byte - 0x80)] : UInt16(byte)
                Self.append(unit, to: &text)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends a character from U+0080 up as UTF-8.
    private static func append(_ unit: UInt16, to text: inout [UInt8]) {
        if unit < 0x800 {
            text.append(0xC0 | UInt8(unit >> 6))
        } else {
            text.append(0xE0 | UInt8(unit >> 12))
            text.append(0x80 | UInt8(unit >> 6 & 63))
        }
        text.append(0x80 | UInt8(unit & 63))
    }
}
