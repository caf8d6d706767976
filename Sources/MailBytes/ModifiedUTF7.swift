/// The encoding of mailbox names in IMAP4rev1: ASCII stands for itself, all else as base64 of UTF-16 between `&` and
/// `-`.
///
/// One name has one spelling here: what could have been written shorter or otherwise is refused, so that two names
/// on the wire never mean one mailbox. RFC 3501 §5.1.3.
package enum ModifiedUTF7 {
    /// The text, or `nil` when the bytes are not modified UTF-7 in its one proper spelling.
    package static func decode(_ bytes: [UInt8]) -> String? {
        guard bytes.contains(where: { $0 == Self.shift || !Self.isDirect($0) }) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var index = 0
        var endedShift = -1
        while index < bytes.count {
            let byte = bytes[index]
            guard Self.isDirect(byte) else { return nil }
            index += 1
            guard byte == Self.shift else {
                text.append(byte)
                continue
            }
            guard let end = bytes[index...].firstIndex(of: Self.unshift) else { return nil }
            if end == index {
                text.append(Self.shift)
            } else {
                guard endedShift != index - 1, let run = Self.decodeRun(bytes[index..<end]) else { return nil }
                text += run
                endedShift = end + 1
            }
            index = end + 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes for the wire, printable ASCII only.
    package static func encode(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var pending: [UInt16] = []
        for scalar in text.unicodeScalars {
            if let byte = UInt8(exactly: scalar.value), Self.isDirect(byte) {
                Self.flush(&pending, into: &bytes)
                bytes.append(byte)
                if byte == Self.shift { bytes.append(Self.unshift) }
            } else {
                pending += UTF16.encode(scalar).map(Array.init) ?? []
            }
        }
        Self.flush(&pending, into: &bytes)
        return bytes
    }

    private static let shift = UInt8(ascii: "&")
    private static let unshift = UInt8(ascii: "-")
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

    private static func isDirect(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F }

    private static func value(_ digit: UInt8) -> UInt32? {
        switch digit {
        case 0x41...0x5A: UInt32(digit - 0x41)
        case 0x61...0x7A: UInt32(digit - 0x61) + 26
        case 0x30...0x39: UInt32(digit - 0x30) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: ","): 63
        default: nil
        }
    }

    /// The UTF-8 of one base64 run; `nil` when it holds half a unit, stray bits, a lone surrogate or plain ASCII.
    private static func decodeRun(_ run: ArraySlice<UInt8>) -> [UInt8]? {
        var units: [UInt16] = []
        var bits: UInt32 = 0
        var count = 0
        for digit in run {
            guard let value = Self.value(digit) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 16 {
                count -= 16
                units.append(UInt16(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        guard count < 6, bits == 0, !units.isEmpty else { return nil }
        guard let text = String(validating: units, as: UTF16.self) else { return nil }
        guard !text.utf8.contains(where: Self.isDirect) else { return nil }
        return Array(text.utf8)
    }

    private static func flush(_ units: inout [UInt16], into bytes: inout [UInt8]) {
        guard !units.isEmpty else { return }
        bytes.append(Self.shift)
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for unit in units {
            bits = bits << 16 | UInt32(unit)
            count += 16
            while count >= 6 {
                count -= 6
                bytes.append(Self.digits[Int(bits >> count & 0x3F)])
            }
            bits &= (1 << count) - 1
        }
        if count > 0 { bytes.append(Self.digits[Int(bits << (6 - count) & 0x3F)]) }
        bytes.append(Self.unshift)
        units.removeAll(keepingCapacity: true)
    }
}
