package import NIOCore

/// Bytes as pairs of hexadecimal digits. RFC 4648 §8.
package enum Hex {
    /// The value of a digit in either case, 0 to 15; `nil` for any other byte.
    @inlinable
    package static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }

    /// The digit of a value from 0 to 15.
    @inlinable
    package static func digit(_ value: UInt8, uppercase: Bool = false) -> UInt8 {
        value < 10 ? value + 0x30 : value + (uppercase ? 0x37 : 0x57)
    }

    /// Lower-case digits, two a byte.
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes.flatMap { [Self.digit($0 >> 4), Self.digit($0 & 15)] }, as: UTF8.self)
    }

    /// `nil` when the text has an odd length or any byte that is no digit.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for byte in text.utf8 {
            guard let value = Self.value(byte) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }

    /// Appends a number's lower-case digits, without leading zeros unless `width` asks for them.
    package static func write(_ number: UInt64, width: Int = 1, into buffer: inout ByteBuffer) {
        var digits = 16
        while digits > max(width, 1), number >> UInt64(4 * (digits - 1)) == 0 { digits -= 1 }
        for index in stride(from: digits - 1, through: 0, by: -1) {
            buffer.writeInteger(Self.digit(UInt8(number >> UInt64(4 * index) & 15)))
        }
    }
}
