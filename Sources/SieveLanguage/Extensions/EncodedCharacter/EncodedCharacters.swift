internal import MailBytes

/// encoded-character (RFC 5228 §2.4.2.4), whole: `${hex:40}` and `${unicode:20AC}` in strings.
///
/// Limits: none of its own.
enum EncodedCharacters {
    ///     encoded-arb-octets   = "${hex:" hex-pair-seq "}"
    ///     encoded-unicode-char = "${unicode:" unicode-hex-seq "}"
    ///
    /// What is no such sequence stays as it is; decoded text is not looked at again.
    static func decode(_ bytes: [UInt8]) throws(EncodedCharacterError) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "$")) else { return bytes }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "$"), let (decoded, end) = try Self.sequence(in: bytes, at: index) {
                result += decoded
                index = end
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func sequence(
        in bytes: [UInt8],
        at start: Int
    ) throws(EncodedCharacterError) -> (decoded: [UInt8], end: Int)? {
        let isHexadecimal = Self.hasPrefix("${hex:", bytes, at: start)
        guard isHexadecimal || Self.hasPrefix("${unicode:", bytes, at: start) else { return nil }
        let from = start + (isHexadecimal ? 6 : 10)
        // None of these is a `$`, so that no octet is looked at for two sequences.
        let stop = bytes[from...].firstIndex { Hex.value($0) == nil && !Self.isBlank($0) }
        guard let end = stop, bytes[end] == UInt8(ascii: "}") else { return nil }
        let words = bytes[from..<end].split(whereSeparator: Self.isBlank)
        guard !words.isEmpty else { return nil }
        var decoded: [UInt8] = []
        for word in words {
            if isHexadecimal {
                guard word.count <= 2, let value = Self.number(word) else { return nil }
                decoded.append(UInt8(truncatingIfNeeded: value))
            } else {
                guard let value = Self.number(word), let scalar = Unicode.Scalar(value) else {
                    throw EncodedCharacterError(found: String(decoding: word, as: UTF8.self))
                }
                decoded.append(contentsOf: String(Character(scalar)).utf8)
            }
        }
        return (decoded, end + 1)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { ASCII.isBlank(byte) || byte == 0x0D || byte == 0x0A }

    /// - Returns: `nil` for numbers beyond 32 bits.
    private static func number(_ word: ArraySlice<UInt8>) -> UInt32? {
        UInt32(String(decoding: word, as: UTF8.self), radix: 16)
    }

    private static func hasPrefix(_ prefix: String, _ bytes: [UInt8], at start: Int) -> Bool {
        bytes.count >= start + prefix.utf8.count
            && zip(prefix.utf8, bytes[start...]).allSatisfy { $0 == ASCII.lowercased($1) }
    }
}

/// A `${unicode:…}` that names no character.
struct EncodedCharacterError: Error {
    let found: String

    var message: String { "there is no character U+\(self.found): expected 0 to D7FF or E000 to 10FFFF" }
}
