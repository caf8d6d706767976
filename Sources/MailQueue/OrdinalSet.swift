/// A few small numbers, without an allocation as long as they are below 64.
struct OrdinalSet {
    private var low: UInt64 = 0
    private var high: Set<Int> = []

    var isEmpty: Bool { self.low == 0 && self.high.isEmpty }
    var count: Int { self.low.nonzeroBitCount + self.high.count }

    func contains(_ ordinal: Int) -> Bool {
        0..<64 ~= ordinal ? self.low & 1 << UInt64(ordinal) != 0 : self.high.contains(ordinal)
    }

    /// - Returns: Whether it was not in the set before.
    @discardableResult
    mutating func insert(_ ordinal: Int) -> Bool {
        guard 0..<64 ~= ordinal else { return self.high.insert(ordinal).inserted }
        let bit: UInt64 = 1 << UInt64(ordinal)
        defer { self.low |= bit }
        return self.low & bit == 0
    }

    /// - Returns: Whether it was in the set.
    @discardableResult
    mutating func remove(_ ordinal: Int) -> Bool {
        guard 0..<64 ~= ordinal else { return self.high.remove(ordinal) != nil }
        let bit: UInt64 = 1 << UInt64(ordinal)
        defer { self.low &= ~bit }
        return self.low & bit != 0
    }
}
