package import MailTypes
internal import Synchronization

/// A clock that stands still until the test moves it.
package final class ManualClock: WallClock {
    private let time: Mutex<Instant>

    /// - Parameter start: 2026-01-01T00:00:00Z if not given.
    package init(_ start: Instant = Instant(secondsSince1970: 1_767_225_600)) {
        self.time = Mutex(start)
    }

    package var now: Instant { self.time.withLock { $0 } }

    /// Moves the time, backwards too.
    package func advance(by duration: Duration) {
        self.time.withLock { $0 = $0 + duration }
    }
}
