/// Makes two spellings of one name or password the same octets, as far as this can be done without tables of Unicode.
///
/// ASCII comes out as it went in, controls refused. Beyond ASCII it maps spaces to a space, drops what is invisible
/// and refuses what may not occur (RFC 4013 §2.1, §2.3). It departs from §2.2 in one thing: the standard library has
/// no NFKC, so text is put in no normal form and is compared as typed. Keyboards and password stores send composed
/// characters (NFC), for which NFKC changes only ligatures, width and super- and subscripts. It also leaves out the
/// check of §2.4 for mixed writing directions, which protects displays, not comparisons. RFC 4013.
package enum SASLprep {
    /// `nil` when the octets are not UTF-8, hold a character that may not occur, or become nothing.
    package static func prepare(_ bytes: [UInt8]) -> [UInt8]? {
        if bytes.allSatisfy({ (0x20...0x7E).contains($0) }) { return bytes.isEmpty ? nil : bytes }
        guard let text = String(validating: bytes, as: UTF8.self), let prepared = Self.prepare(text) else { return nil }
        return Array(prepared.utf8)
    }

    /// See ``prepare(_:)-([UInt8])``.
    package static func prepare(_ text: String) -> String? {
        var prepared = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch Self.treatment(of: scalar) {
            case .keep: prepared.append(scalar)
            case .space: prepared.append(" ")
            case .drop: continue
            case .refuse: return nil
            }
        }
        return prepared.isEmpty ? nil : String(prepared)
    }

    private enum Treatment {
        case keep
        case space
        case drop
        case refuse
    }

    private static func treatment(of scalar: Unicode.Scalar) -> Treatment {
        switch scalar.value {
        case 0x20...0x7E: .keep
        case 0x00...0x1F, 0x7F: .refuse
        case 0xA0, 0x1680, 0x2000...0x200B, 0x202F, 0x205F, 0x3000: .space
        case 0xAD, 0x034F, 0x1806, 0x180B...0x180D, 0x200C, 0x200D, 0x2060, 0xFE00...0xFE0F, 0xFEFF: .drop
        // Deprecated or display-changing (table C.8), interlinear and replacement marks (C.6), description (C.7).
        case 0x0340, 0x0341, 0x200E, 0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFFF9...0xFFFD, 0x2FF0...0x2FFB: .refuse
        default: Self.treatment(ofClass: scalar)
        }
    }

    private static func treatment(ofClass scalar: Unicode.Scalar) -> Treatment {
        switch scalar.properties.generalCategory {
        case .control, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator: return .refuse
        case .format where (0xE0001...0xE007F).contains(scalar.value): return .refuse
        default: return scalar.properties.isNoncharacterCodePoint ? .refuse : .keep
        }
    }
}
