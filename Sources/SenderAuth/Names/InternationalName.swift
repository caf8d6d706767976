package import MailTypes

extension DNSName {
    /// A name that may be written in Unicode, as addresses and signatures of internationalized mail have it.
    ///
    /// Each such label becomes its `xn--` form. Case is folded; characters are otherwise taken as they come, so a label
    /// in an unusual normal form finds nothing. RFC 8616 §4, RFC 5890 §2.3.2.1.
    package init?(international text: some StringProtocol) {
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            self.init(String(text))
            return
        }
        guard text.utf8.count <= 1_024 else { return nil }
        // Three other dots stand between labels too: RFC 3490 §3.1.
        let dots: Set<Unicode.Scalar> = [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"]
        let labels = text.lowercased().unicodeScalars.split(omittingEmptySubsequences: false) { dots.contains($0) }
        var encoded: [String] = []
        for label in labels {
            guard let ascii = Punycode.label(Array(label)) else { return nil }
            encoded.append(ascii)
        }
        self.init(encoded.joined(separator: "."))
    }
}

/// Unicode labels as ASCII. RFC 3492.
enum Punycode {
    /// `nil` when the label would not fit in the DNS.
    static func label(_ scalars: [Unicode.Scalar]) -> String? {
        guard scalars.contains(where: { !$0.isASCII }) else { return String(String.UnicodeScalarView(scalars)) }
        guard scalars.count <= 63, let encoded = self.encode(scalars) else { return nil }
        return "xn--\(encoded)"
    }

    private static func encode(_ scalars: [Unicode.Scalar]) -> String? {
        var output = String(String.UnicodeScalarView(scalars.filter(\.isASCII)))
        let basicCount = output.unicodeScalars.count
        var handled = basicCount
        if basicCount > 0 { output += "-" }
        var lowest: UInt32 = 0x80
        var delta: UInt32 = 0
        var bias: UInt32 = 72
        while handled < scalars.count {
            guard let next = scalars.lazy.map(\.value).filter({ $0 >= lowest }).min() else { return nil }
            let (step, overflow) = (next - lowest).multipliedReportingOverflow(by: UInt32(handled + 1))
            guard !overflow, delta <= UInt32.max - step else { return nil }
            delta += step
            lowest = next
            for scalar in scalars {
                if scalar.value < lowest { delta += 1 }
                guard scalar.value == lowest else { continue }
                output += self.digits(of: delta, bias: bias)
                bias = self.adapted(delta, count: UInt32(handled + 1), isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            lowest += 1
        }
        return output
    }

    private static func digits(of delta: UInt32, bias: UInt32) -> String {
        var text = ""
        var rest = delta
        var position: UInt32 = 36
        while true {
            let threshold = position <= bias ? 1 : min(26, position - bias)
            guard rest >= threshold else { break }
            text.unicodeScalars.append(self.digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            position += 36
        }
        text.unicodeScalars.append(self.digit(rest))
        return text
    }

    private static func digit(_ value: UInt32) -> Unicode.Scalar {
        Unicode.Scalar(UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30))
    }

    private static func adapted(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
        var rest = isFirst ? delta / 700 : delta / 2
        rest += rest / count
        var bias: UInt32 = 0
        while rest > 455 {
            rest /= 35
            bias += 36
        }
        return bias + 36 * rest / (rest + 38)
    }
}
