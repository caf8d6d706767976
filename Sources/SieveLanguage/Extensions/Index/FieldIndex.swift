/// index (RFC 5260 §6), whole: `:index` and `:last` for header, address and date.
///
/// Limits: none of its own.
enum IndexExtension {
    static let words = SieveExtension(tags: [
        TagRule("index", .index, on: ["header", "address", "date"], value: .number),
        TagRule("last", .index, on: ["header", "address", "date"]),
    ])
}

/// Which of several fields of one name is meant.
struct FieldIndex: Sendable {
    /// From 1.
    let number: Int
    /// Whether it is counted from the last field backwards.
    let isFromLast: Bool

    init?(_ call: CheckedCall) {
        guard let number = call.number(tag: "index") else { return nil }
        self.number = Int(clamping: number)
        self.isFromLast = call.has("last")
    }

    static func isRight(_ call: CheckedCall, _ checker: SieveChecker) -> Bool {
        guard call.has("index") else {
            guard call.has("last") else { return true }
            checker.error(at: call.position, "':last' stands in \(call.title) without ':index': expected both")
            return false
        }
        guard call.number(tag: "index") != 0 else {
            checker.error(at: call.position, "':index 0' is no field: expected a number from 1")
            return false
        }
        return true
    }

    func pick(from places: [Int]) -> Int? {
        guard self.number >= 1, self.number <= places.count else { return nil }
        return self.isFromLast ? places[places.count - self.number] : places[self.number - 1]
    }
}
