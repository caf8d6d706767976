internal import Glibc
internal import MailTypes
internal import Storage
internal import Synchronization

/// Keeps the schedule right when the wall clock is set: an hour to the next attempt stays an hour. Lesson 15.
///
/// Times in the queue are wall-clock times, because they must outlive a restart. While the program runs, a clock that
/// nobody sets shows by how much the wall clock was moved, and all times are moved by as much.
package final class ScheduleClock: Sendable {
    /// Milliseconds since the machine started, sleep included.
    package static let sinceBoot: @Sendable () -> Int64 = {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// One moment on both clocks.
    struct Moment: Sendable {
        var wall: Instant
        /// Milliseconds on the clock that nobody sets.
        var steady: Int64
    }

    private let clock: any WallClock
    private let steady: @Sendable () -> Int64
    private let stepMin: Duration
    private let last: Mutex<Moment>

    init(clock: any WallClock, steady: @escaping @Sendable () -> Int64, stepMin: Duration) {
        self.clock = clock
        self.steady = steady
        self.stepMin = stepMin
        self.last = Mutex(Moment(wall: clock.now, steady: steady()))
    }

    var moment: Moment { Moment(wall: self.clock.now, steady: self.steady()) }

    /// By how much the wall clock was set since the last look; `nil` if it was not.
    func stepSinceLastLook() -> Duration? {
        let moment = self.moment
        let step = self.last.withLock { last in
            defer { last = moment }
            return moment.wall - last.wall - .milliseconds(moment.steady - last.steady)
        }
        return step >= self.stepMin || step <= .zero - self.stepMin ? step : nil
    }
}

extension MailQueue {
    func noticeClockStep() {
        guard let step = self.schedule.stepSinceLastLook() else { return }
        self.moveSchedule(by: step)
        self.progress.moved(by: step)
        self.report(.clockStepped(step))
    }

    /// Moves all times in the queue, and makes no recipient wait longer than the longest delay, whatever the clock was
    /// when its time was written. Nothing is read until that is done.
    func moveSchedule(by step: Duration) {
        self.state.withLock { $0.clockMoves += 1 }
        let now = self.clock.now
        let retryDelayMax = self.options.retryDelayMax
        self.shard.write(.lazy) { database in
            if step != .zero { try ScheduleRows.move(database, by: step) }
            try ScheduleRows.limit(database, now: now, retryDelayMax: retryDelayMax)
        } completion: { _ in
            self.state.withLock { state in
                state.clockMoves -= 1
                state.rewindDue()
                state.noteDeadline(Instant(millisecondsSince1970: 0))
            }
            self.fill()
        }
    }
}

private enum ScheduleRows {
    static func move(_ database: Database, by step: Duration) throws {
        let milliseconds = (Instant(millisecondsSince1970: 0) + step).millisecondsSince1970
        let attempts = try database.statement(
            "UPDATE recipient SET next_attempt = max(1, next_attempt + ?1) WHERE next_attempt > 0"
        )
        attempts.bind(milliseconds, at: 1)
        try attempts.run()
        let ages = try database.statement("UPDATE message SET aging_from = aging_from + ?1")
        ages.bind(milliseconds, at: 1)
        try ages.run()
        let deadlines = try database.statement(
            "UPDATE message SET deliver_by = deliver_by + ?1 WHERE deliver_by IS NOT NULL"
        )
        deadlines.bind(milliseconds, at: 1)
        try deadlines.run()
    }

    static func limit(_ database: Database, now: Instant, retryDelayMax: Duration) throws {
        let attempts = try database.statement(
            "UPDATE recipient SET next_attempt = ?1 WHERE state = 0 AND next_attempt > ?1"
        )
        attempts.bind((now + retryDelayMax).millisecondsSince1970, at: 1)
        try attempts.run()
        let ages = try database.statement("UPDATE message SET aging_from = ?1 WHERE aging_from > ?1")
        ages.bind(now.millisecondsSince1970, at: 1)
        try ages.run()
    }
}
