import Synchronization

/// The name of one connection or one message in logs, `Received:`, the trace and the queue; later ones sort after.
///
/// 42 bits of milliseconds since 2020-01-01T00:00:00Z above 22 bits that count, so one process can name four million
/// things in a millisecond before it borrows from the next. Written as 13 digits of Crockford's base 32.
package struct TimeSortedID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static let textLength = 13

    private static let digits: [UInt8] = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// Reads the 13-digit form, in either case; `nil` when it is anything else.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.textLength else { return nil }
        var value: UInt64 = 0
        for byte in text.utf8 {
            let lower = byte >= 0x41 && byte <= 0x5A ? byte + 0x20 : byte
            guard let digit = Self.digits.firstIndex(of: lower), value >> 59 == 0 else { return nil }
            value = value << 5 | UInt64(digit)
        }
        self.rawValue = value
    }

    package var description: String {
        let text = self.text
        return unsafe text.span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The 13 digits, without making a `String`.
    package var text: InlineArray<13, UInt8> {
        InlineArray { index in
            let shift = UInt64(5 * (Self.textLength - 1 - index))
            return Self.digits[Int(self.rawValue >> shift & 31)]
        }
    }

    /// Milliseconds since 1970 at which the identifier was made.
    package var millisecondsSince1970: Int64 { Int64(self.rawValue >> 22) + Self.epoch }

    /// 2020-01-01T00:00:00Z in milliseconds since 1970.
    static let epoch: Int64 = 1_577_836_800_000

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Makes ``TimeSortedID``s, each greater than the one before even when the clock steps back.
package final class TimeSortedIDSource: Sendable {
    private let last: Mutex<UInt64>

    package init() {
        self.last = Mutex(0)
    }

    /// - Parameter milliseconds: the time now, since 1970.
    package func next(at milliseconds: Int64) -> TimeSortedID {
        let earliest = UInt64(max(0, milliseconds - TimeSortedID.epoch)) << 22
        return self.last.withLock { last in
            last = max(last + 1, earliest)
            return TimeSortedID(rawValue: last)
        }
    }

    /// Makes only greater ones than this from now on.
    package func passOver(_ id: TimeSortedID) {
        self.last.withLock { $0 = max($0, id.rawValue) }
    }
}
