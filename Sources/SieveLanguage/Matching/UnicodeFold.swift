/// Text in the form in which i;unicode-casemap compares it: title case, decomposed. RFC 5051 §2.
enum UnicodeFold {
    static func folded(_ bytes: [UInt8]) -> [UInt8] {
        if let ascii = Self.foldedASCII(bytes) { return ascii }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        Self.forEachUnit(of: bytes) { unit, _ in
            if let scalar = Unicode.Scalar(unit) {
                result.append(contentsOf: String(Character(scalar)).utf8)
            } else {
                result.append(UInt8(truncatingIfNeeded: unit))
            }
        }
        return result
    }

    /// The folded characters and where, in octets of the original, the character of each starts; one offset more for
    /// the end.
    static func units(of bytes: [UInt8]) -> (units: [UInt32], offsets: [Int]) {
        var units: [UInt32] = []
        var offsets: [Int] = []
        Self.forEachUnit(of: bytes) { unit, offset in
            units.append(unit)
            offsets.append(offset)
        }
        offsets.append(bytes.count)
        return (units, offsets)
    }

    private static func foldedASCII(_ bytes: [UInt8]) -> [UInt8]? {
        var result = bytes
        for index in result.indices {
            let byte = result[index]
            if byte >= 0x80 { return nil }
            if byte >= 0x61 && byte <= 0x7A { result[index] = byte & 0xDF }
        }
        return result
    }

    /// Octets that are no UTF-8 are units of their own beyond Unicode, so that they equal themselves only.
    private static func forEachUnit(of bytes: [UInt8], _ body: (UInt32, Int) -> Void) {
        var index = 0
        while index < bytes.count {
            let (scalar, length) = UTF8Reader.scalar(in: bytes, at: index)
            if let scalar {
                Self.fold(scalar) { body($0, index) }
            } else {
                body(UTF8Reader.broken(bytes[index]), index)
            }
            index += length
        }
    }

    private static let hangul: ClosedRange<UInt32> = 0xAC00...0xD7A3

    private static func fold(_ scalar: UInt32, _ body: (UInt32) -> Void) {
        if scalar < 0x80 {
            body(scalar >= 0x61 && scalar <= 0x7A ? scalar - 0x20 : scalar)
        } else if Self.hangul.contains(scalar) {
            let index = scalar - 0xAC00
            body(0x1100 + index / 588)
            body(0x1161 + index % 588 / 28)
            if index % 28 > 0 { body(0x11A7 + index % 28) }
        } else if let single = Self.tables.single[scalar] {
            body(single)
        } else if let several = Self.tables.several[scalar] {
            for unit in several { body(unit) }
        } else {
            body(scalar)
        }
    }

    private struct Tables {
        var single: [UInt32: UInt32] = [:]
        var several: [UInt32: [UInt32]] = [:]
    }

    private static let tables: Tables = {
        var tables = Tables()
        for entry in UnicodeFoldTable.single.split(separator: " ") {
            let sides = entry.split(separator: ">")
            let from = sides[0].split(separator: ",")
            guard let start = UInt32(from[0], radix: 16), let target = UInt32(sides[1], radix: 16) else { continue }
            let count = from.count > 1 ? UInt32(from[1]) ?? 1 : 1
            let stride = from.count > 2 ? UInt32(from[2]) ?? 1 : 1
            for step in 0..<count { tables.single[start + step * stride] = target + step * stride }
        }
        for entry in UnicodeFoldTable.several.split(separator: " ") {
            let sides = entry.split(separator: ">")
            guard let from = UInt32(sides[0], radix: 16) else { continue }
            tables.several[from] = sides[1].split(separator: "+").compactMap { UInt32($0, radix: 16) }
        }
        return tables
    }()
}

/// Reads UTF-8 a character at a time, never failing.
enum UTF8Reader {
    /// The character at `index` and its octets; `nil` and 1 where there is none.
    static func scalar(in bytes: [UInt8], at index: Int) -> (scalar: UInt32?, length: Int) {
        let first = bytes[index]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard first >= 0xC2, first <= 0xF4, index + length <= bytes.count else { return (nil, 1) }
        var value = UInt32(first) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length {
            let byte = bytes[index + offset]
            guard byte & 0xC0 == 0x80 else { return (nil, 1) }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let smallest: [UInt32] = [0, 0, 0x80, 0x800, 0x10000]
        guard value >= smallest[length], Unicode.Scalar(value) != nil else { return (nil, 1) }
        return (value, length)
    }

    /// A unit for an octet that is no character.
    static func broken(_ byte: UInt8) -> UInt32 { 0x11_0000 + UInt32(byte) }
}
