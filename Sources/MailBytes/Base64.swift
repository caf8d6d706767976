package import NIOCore

/// Bytes as base64 text, the alphabet with `+` and `/`. RFC 4648 §4.
package enum Base64 {
    private static let alphabet: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// 0 to 63 for the alphabet, 64 for `=`, 255 for anything else.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, digit) in Self.alphabet.enumerated() { table[Int(digit)] = UInt8(value) }
        table[Int(UInt8(ascii: "="))] = 64
        return table
    }()

    /// Octets of text that `count` bytes become, padding included, line ends not.
    package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let input = Array(bytes)
        var output: [UInt8] = []
        output.reserveCapacity(Self.encodedCount(input.count))
        Self.encode(input.span) { output.append($0) }
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends the text of `bytes`.
    ///
    /// - Parameter lineLength: octets after which a CRLF is put, a multiple of 4; `nil` for one unbroken line. A last,
    ///   partial line ends in CRLF too, as MIME wants it (RFC 2045 §6.8).
    package static func write(_ bytes: Span<UInt8>, lineLength: Int? = nil, into buffer: inout ByteBuffer) {
        guard let lineLength else {
            Self.encode(bytes) { buffer.writeInteger($0) }
            return
        }
        precondition(lineLength > 0 && lineLength % 4 == 0, "a line holds whole groups of four")
        var start = 0
        while start < bytes.count {
            let end = min(start + lineLength / 4 * 3, bytes.count)
            Self.encode(bytes.extracting(start..<end)) { buffer.writeInteger($0) }
            buffer.writeStaticString("\r\n")
            start = end
        }
    }

    /// Reads text that is base64 and nothing else: padded, no white space, no bits left over.
    ///
    /// - Returns: `nil` when the text is anything else.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        let values = Self.values
        var bytes = [UInt8](repeating: 0, count: text.count / 4 * 3)
        var count = 0
        for index in stride(from: 0, to: text.count, by: 4) {
            let first = values[Int(text[index])]
            let second = values[Int(text[index + 1])]
            let third = values[Int(text[index + 2])]
            let fourth = values[Int(text[index + 3])]
            guard first < 64, second < 64, third <= 64, fourth <= 64 else { return nil }
            bytes[count] = first << 2 | second >> 4
            bytes[count + 1] = second << 4 | third >> 2
            bytes[count + 2] = third << 6 | fourth
            count += 3
            if fourth == 64 {
                let isWhole = third == 64 ? second & 15 == 0 : third & 3 == 0
                guard isWhole, index + 4 == text.count else { return nil }
                count -= third == 64 ? 2 : 1
            } else if third == 64 {
                return nil
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Reads text that is base64 and nothing else; see ``decode(_:)-(Span<UInt8>)``.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return Self.decode(bytes.span)
    }

    /// Appends what damaged or wrapped text still says: bytes outside the alphabet are passed over, a first `=` ends
    /// it, and a group cut short gives the whole bytes it holds. RFC 2045 §6.8.
    package static func decodeLeniently(_ text: Span<UInt8>, into bytes: inout [UInt8]) {
        var bits: UInt32 = 0
        var held = 0
        bytes.reserveCapacity(bytes.count + text.count / 4 * 3)
        for index in 0..<text.count {
            let value = Self.values[Int(text[index])]
            if value == 255 { continue }
            if value == 64 { return }
            bits = bits << 6 | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            }
        }
    }

    /// Hands out the text of `bytes`, padded, octet by octet.
    @inline(__always)
    private static func encode(_ bytes: Span<UInt8>, _ emit: (UInt8) -> Void) {
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            let second: UInt8 = index + 1 < bytes.count ? bytes[index + 1] : 0
            let third: UInt8 = index + 2 < bytes.count ? bytes[index + 2] : 0
            emit(Self.alphabet[Int(first >> 2)])
            emit(Self.alphabet[Int((first & 3) << 4 | second >> 4)])
            emit(index + 1 < bytes.count ? Self.alphabet[Int((second & 15) << 2 | third >> 6)] : UInt8(ascii: "="))
            emit(index + 2 < bytes.count ? Self.alphabet[Int(third & 63)] : UInt8(ascii: "="))
            index += 3
        }
    }
}
