/// A SCRAM message as its attributes, each a letter and a value, in order. RFC 5802 §5.1, §7.
///
///     attr-val    = ALPHA "=" value
///     value       = 1*value-char           ; no NUL, no comma
struct SCRAMAttributes {
    private var fields: ArraySlice<Substring>

    /// `nil` when a field is not a letter, an equals sign and at least one more octet.
    init?(_ text: Substring) {
        let fields = Self.split(text, maxSplits: Self.fieldsMax)
        guard fields.count <= Self.fieldsMax, fields.allSatisfy(Self.isField) else { return nil }
        self.fields = fields[...]
    }

    /// Splits at commas, by octets: a comma and a mark joined to it are one `Character`, which would not be seen to be
    /// a comma.
    static func split(_ text: Substring, maxSplits: Int) -> [Substring] {
        text.utf8.split(separator: 0x2C, maxSplits: maxSplits, omittingEmptySubsequences: false).map(Substring.init)
    }

    /// The text after `prefix`, by octets; `nil` when it begins with something else.
    static func text(_ text: Substring, after prefix: StaticString) -> Substring? {
        let rest = text.utf8.dropFirst(prefix.utf8CodeUnitCount)
        return text.utf8.starts(with: prefix.description.utf8) ? Substring(rest) : nil
    }

    /// More than any extension in use would need.
    private static let fieldsMax = 16

    private static func isField(_ field: Substring) -> Bool {
        var bytes = field.utf8.makeIterator()
        guard let letter = bytes.next(), (0x61...0x7A).contains(letter | 0x20), bytes.next() == 0x3D else {
            return false
        }
        return bytes.next() != nil && !field.utf8.contains(0)
    }

    /// The value of the next attribute when it is `letter`; otherwise `nil`, and nothing is consumed.
    mutating func take(_ letter: Unicode.Scalar) -> Substring? {
        guard let field = self.fields.first, field.unicodeScalars.first == letter else { return nil }
        self.fields.removeFirst()
        return Substring(field.utf8.dropFirst(2))
    }

    /// Whether nothing is left but extensions that a receiver ignores.
    var holdsOnlyExtensions: Bool {
        self.fields.allSatisfy { $0.unicodeScalars.first != "m" }
    }

    var isAtEnd: Bool { self.fields.isEmpty }
}

/// Names within SCRAM messages: comma and equals sign are written as `=2C` and `=3D`. RFC 5802 §5.1.
///
///     saslname    = 1*(value-safe-char / "=2C" / "=3D")
enum SCRAMName {
    static func encode(_ name: String) -> String {
        var encoded = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case ",": encoded += "=2C"
            case "=": encoded += "=3D"
            default: encoded.unicodeScalars.append(scalar)
            }
        }
        return encoded
    }

    /// `nil` for an equals sign that does not introduce one of the two, and for names out of bounds.
    static func decode(_ text: Substring) -> String? {
        guard !text.isEmpty, text.utf8.count <= SASLLimits.nameOctetsMax, !text.utf8.contains(0) else { return nil }
        var decoded: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 0x3D else {
                decoded.append(byte)
                continue
            }
            switch (rest.popFirst(), rest.popFirst()) {
            case (0x32, 0x43): decoded.append(0x2C)
            case (0x33, 0x44): decoded.append(0x3D)
            default: return nil
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

/// Nonces as they stand in messages.
enum SCRAMNonceText {
    /// Whether `text` is one or more printable characters without comma, and not too many.
    static func isValid(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= SASLLimits.nonceOctetsMax
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x2C }
    }
}
