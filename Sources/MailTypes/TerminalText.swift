/// Text for people that holds what strangers chose (addresses, subjects, replies of other hosts): shown so that it does
/// nothing to a terminal.
///
/// A terminal obeys control characters, C1 ones (U+0080 to U+009F) among them, and shows what stands between
/// directional marks in another order. All such characters are written as escapes; line feeds between our own lines
/// stay.
package enum TerminalText {
    /// `\u{9b}` for each character that is not shown as itself.
    package static func printable(_ text: String) -> String {
        self.escaping(text) { "\\u{\(String($0.value, radix: 16))}" }
    }

    /// The same within one line, such as a name: line feeds are escaped too.
    package static func printableLine(_ text: String) -> String {
        self.printable(text).split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
    }

    /// JSON that means the same, in ASCII where a terminal might obey. RFC 8259 §7.
    package static func printableJSON(_ json: String) -> String {
        self.escaping(json) { scalar in
            String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
            .joined()
        }
    }

    private static func escaping(_ text: String, _ escape: (Unicode.Scalar) -> String) -> String {
        if text.unicodeScalars.allSatisfy(\.isShownAsItself) { return text }
        var printable = ""
        for scalar in text.unicodeScalars {
            if scalar.isShownAsItself { printable.unicodeScalars.append(scalar) } else { printable += escape(scalar) }
        }
        return printable
    }
}

extension Unicode.Scalar {
    fileprivate var isShownAsItself: Bool {
        if self.value >= 0x20, self.value < 0x7F { return true }
        if self == "\n" || self == "\t" { return true }
        return switch self.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
        default: true
        }
    }
}
