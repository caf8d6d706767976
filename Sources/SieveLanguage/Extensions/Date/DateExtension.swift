internal import MailBytes

/// date (RFC 5260 §4), whole: the tests `date` and `currentdate` with all date parts, `:zone` and `:originalzone`.
///
/// Limits: none of its own.
enum DateExtension {
    private static let zoneTags = [
        TagRule("zone", value: .string, group: "zone"), TagRule("originalzone", group: "zone"),
    ]

    static let words = SieveExtension(calls: [
        CallRule(
            name: "date",
            capabilities: [.date],
            parameters: [.string("header name"), .string("date part"), .list("key list")],
            takesMatch: true,
            tags: Self.zoneTags,
            builder: .test(DateTest.init)
        ),
        CallRule(
            name: "currentdate",
            capabilities: [.date],
            parameters: [.string("date part"), .list("key list")],
            takesMatch: true,
            tags: [TagRule("zone", value: .string)],
            builder: .test(CurrentDateTest.init)
        ),
    ])
}

/// Which zone a date is told in. RFC 5260 §4.1.
enum DateZone: Sendable {
    /// The owner's.
    case local
    case original
    case minutes(Int)
    /// What variables hold when the test is made.
    case text(SieveText)

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        if call.has("originalzone") {
            self = .original
        } else if let zone = call.string(tag: "zone") {
            let text = checker.text(zone)
            if let constant = text.constant {
                guard let minutes = Self.minutes(constant) else {
                    let message = "'\(zone.text)' is no time zone: expected one like '+0100'"
                    checker.error(at: zone.position, message)
                    return nil
                }
                self = .minutes(minutes)
            } else {
                self = .text(text)
            }
        } else {
            self = .local
        }
    }

    ///     time-zone = ( "+" / "-" ) 4DIGIT
    private static func minutes(_ bytes: [UInt8]) -> Int? {
        guard bytes.count == 5, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes.dropFirst().allSatisfy(ASCII.isDigit)
        else { return nil }
        let number = bytes.dropFirst().reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard number % 100 < 60, number < 2_400 else { return nil }
        return (number / 100 * 60 + number % 100) * (bytes[0] == UInt8(ascii: "-") ? -1 : 1)
    }

    /// - Returns: `nil` when a variable holds no zone.
    func minutes(original: Int, _ run: SieveRun) -> Int? {
        switch self {
        case .local: run.situation.zoneMinutes
        case .original: original
        case .minutes(let minutes): minutes
        case .text(let text): Self.minutes(run.bytes(text))
        }
    }
}
