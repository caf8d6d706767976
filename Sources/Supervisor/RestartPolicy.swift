/// How long to wait before a dead worker is replaced: not at all, unless it keeps dying young.
///
/// A worker that lived at least ``youngMax`` clears the count. Up to ``quickStartsMax`` young deaths in a row are
/// answered at once; after that the pause doubles from 100 ms to 5 s, so that a broken installation does not eat the
/// machine.
struct RestartPolicy {
    /// Milliseconds of life under which a death counts as young.
    static let youngMax: Int64 = 10_000
    static let quickStartsMax = 10
    /// Milliseconds.
    static let pauseMax: Int64 = 5_000

    private var startedAt: Int64 = 0
    private var youngDeaths = 0

    mutating func workerStarted(at now: Int64) {
        self.startedAt = now
    }

    /// - Returns: milliseconds to wait before the next start.
    mutating func pauseAfterEnd(at now: Int64) -> Int64 {
        self.youngDeaths = now - self.startedAt < Self.youngMax ? self.youngDeaths + 1 : 0
        let excess = self.youngDeaths - Self.quickStartsMax
        guard excess > 0 else { return 0 }
        return min(Self.pauseMax, 100 << Int64(min(excess - 1, 16)))
    }
}
