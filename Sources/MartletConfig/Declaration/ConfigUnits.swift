/// Numbers with units, as people write them.
package enum ConfigUnits {
    private static let durations: [(unit: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    private static let sizes: [(unit: String, octets: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = self.split(text),
            let factor = self.durations.first(where: { $0.unit == unit })?.milliseconds
        else { return nil }
        let (milliseconds, isOverflow) = Int64(number).multipliedReportingOverflow(by: factor)
        return isOverflow ? nil : .milliseconds(milliseconds)
    }

    /// In the largest unit that needs no fraction.
    static func text(duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "0s" }
        let (unit, factor) = self.durations.first { milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
        return "\(milliseconds / factor)\(unit)"
    }

    /// `50MiB`, or `50M` or `50m` for the same; `nil` when it is neither, or too much.
    package static func octets(_ text: String) -> Int? {
        guard let (number, unit) = self.split(text),
            let factor = self.sizes.first(where: { $0.unit == unit || $0.unit == unit.uppercased() + "iB" })?.octets
        else { return nil }
        let (octets, isOverflow) = number.multipliedReportingOverflow(by: factor)
        return isOverflow ? nil : octets
    }

    static func text(octets: Int) -> String {
        guard octets != 0 else { return "0B" }
        let (unit, factor) = self.sizes.first { octets % $0.octets == 0 } ?? ("B", 1)
        return "\(octets / factor)\(unit)"
    }

    /// `25MiB` as 25 and `MiB`; a space may stand between.
    private static func split(_ text: String) -> (number: Int, unit: String)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "_" }.filter { $0 != "_" }
        let unit = text.drop { $0.isASCII && $0.isNumber || $0 == "_" }.drop { $0 == " " }
        guard let number = Int(digits) else { return nil }
        return (number, String(unit))
    }
}
