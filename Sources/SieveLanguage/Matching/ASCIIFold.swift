internal import MailBytes

/// Lower-casing of ASCII as a table, for comparisons on the hot path.
enum ASCIIFold {
    static func folded(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for index in result.indices where ASCII.isUppercase(result[index]) { result[index] |= 0x20 }
        return result
    }

    /// Whether both are the same but for case; `key` is folded already.
    static func isEqual(_ value: [UInt8], toFolded key: [UInt8]) -> Bool {
        guard value.count == key.count else { return false }
        let (left, right) = (value.span, key.span)
        for index in 0..<right.count where ASCII.lowercased(left[index]) != right[index] {
            return false
        }
        return true
    }

    /// Whether `key`, folded already, stands anywhere in `value`.
    static func contains(_ value: [UInt8], folded key: [UInt8]) -> Bool {
        guard let first = key.first else { return true }
        guard value.count >= key.count else { return false }
        guard key.count <= Self.shortKeyOctets else { return Self.containsLong(Self.folded(value), key) }
        let (text, word) = (value.span, key.span)
        let other = ASCII.uppercased(first)
        for start in 0...(text.count - word.count) {
            let byte = text[start]
            guard byte == first || byte == other else { continue }
            var index = 1
            while index < word.count, ASCII.lowercased(text[start + index]) == word[index] { index += 1 }
            if index == word.count { return true }
        }
        return false
    }

    /// Whether `key` stands anywhere in `value`, case and all.
    static func containsExactly(_ value: [UInt8], _ key: [UInt8]) -> Bool {
        guard let first = key.first else { return true }
        guard value.count >= key.count else { return false }
        guard key.count <= Self.shortKeyOctets else { return Self.containsLong(value, key) }
        let (text, word) = (value.span, key.span)
        for start in 0...(text.count - word.count) where text[start] == first {
            var index = 1
            while index < word.count, text[start + index] == word[index] { index += 1 }
            if index == word.count { return true }
        }
        return false
    }

    /// Keys up to here are compared at every place; what that costs is bounded by it.
    private static let shortKeyOctets = 32

    /// The same for long keys, looking at each octet at most twice (Knuth, Morris, Pratt), so that no pair of
    /// key and text takes long.
    private static func containsLong(_ value: [UInt8], _ key: [UInt8]) -> Bool {
        /// For each octet how many before it are the key's beginning again.
        var borders = [Int](repeating: 0, count: key.count)
        var length = 0
        for index in 1..<key.count {
            while length > 0, key[index] != key[length] { length = borders[length - 1] }
            if key[index] == key[length] { length += 1 }
            borders[index] = length
        }
        length = 0
        for byte in value {
            while length > 0, byte != key[length] { length = borders[length - 1] }
            if byte == key[length] { length += 1 }
            if length == key.count { return true }
        }
        return false
    }
}
