/// A moment on the wall clock, in milliseconds since 1970-01-01T00:00:00Z.
package struct Instant: Hashable, Comparable, Sendable {
    package var millisecondsSince1970: Int64

    package init(millisecondsSince1970: Int64) {
        self.millisecondsSince1970 = millisecondsSince1970
    }

    package init(secondsSince1970: Int64) {
        self.init(millisecondsSince1970: secondsSince1970 * 1_000)
    }

    /// Whole seconds, rounded down.
    package var secondsSince1970: Int64 {
        self.millisecondsSince1970 >= 0
            ? self.millisecondsSince1970 / 1_000 : (self.millisecondsSince1970 - 999) / 1_000
    }

    package static func + (instant: Self, duration: Duration) -> Self {
        let (seconds, attoseconds) = duration.components
        return Self(
            millisecondsSince1970: instant.millisecondsSince1970 + seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        )
    }

    package static func - (later: Self, earlier: Self) -> Duration {
        .milliseconds(later.millisecondsSince1970 - earlier.millisecondsSince1970)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }
}

/// Where the time comes from: the wall clock in service, a clock set by hand in tests.
package protocol WallClock: Sendable {
    var now: Instant { get }
}
