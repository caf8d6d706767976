internal import Synchronization

/// What was made of texts, in bounded room: of those that were asked for lately.
///
/// Two generations keep it simple: what is asked for is in the newer one, or moves there. When that is full, it becomes
/// the older one, and what was left there goes.
final class TextMemo<Value: Sendable>: Sendable {
    private struct Generations {
        var newer: [[UInt8]: Value] = [:]
        var older: [[UInt8]: Value] = [:]
        /// Of the newer one, as estimated.
        var octets = 0
    }

    /// What an entry takes beside its text and value, roughly.
    private static var entryOctets: Int { 128 }

    private let countMax: Int
    private let octetsMax: Int
    private let octets: @Sendable (Value) -> Int
    private let make: @Sendable ([UInt8]) -> Value
    private let generations = Mutex(Generations())

    /// - Parameters:
    ///   - countMax: of one generation.
    ///   - octetsMax: of one generation, texts included.
    ///   - octets: what a value takes in memory, roughly.
    ///   - make: gives the same value for the same text, whenever it is called.
    init(
        countMax: Int,
        octetsMax: Int,
        octets: @escaping @Sendable (Value) -> Int,
        make: @escaping @Sendable ([UInt8]) -> Value
    ) {
        self.countMax = countMax
        self.octetsMax = octetsMax
        self.octets = octets
        self.make = make
    }

    func value(of text: [UInt8]) -> Value {
        if let known = self.generations.withLock({ $0.newer[text] }) { return known }
        let old = self.generations.withLock { $0.older[text] }
        let value = old ?? self.make(text)
        let octets = text.count + Self.entryOctets + self.octets(value)
        guard octets <= self.octetsMax / 16 else { return value }
        self.generations.withLock { generations in
            if generations.newer.count >= self.countMax || generations.octets + octets > self.octetsMax {
                generations.older = generations.newer
                generations.newer = [:]
                generations.octets = 0
            }
            if generations.newer.updateValue(value, forKey: text) == nil { generations.octets += octets }
        }
        return value
    }

    /// Of both generations.
    var count: Int { self.generations.withLock { $0.newer.count + $0.older.count } }
}
