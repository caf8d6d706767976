package import NIOCore

/// Something that ends or complains when its time is up.
package protocol ConnectionTimerTarget: AnyObject {
    /// The time limit set last has passed. On the event loop.
    func timeLimitReached()
}

/// One connection's time limit, which costs an addition to renew. To be used on its event loop only.
///
/// Limits are kept to the second: they are minutes long, and one look a second at all of a loop's connections is far
/// cheaper than a scheduled task for each line.
package final class ConnectionTimer {
    fileprivate var due: UInt32 = 0
    fileprivate var index = -1
    fileprivate var target: (any ConnectionTimerTarget)?
    private let timers: ConnectionTimers

    fileprivate init(_ timers: ConnectionTimers, target: any ConnectionTimerTarget) {
        self.timers = timers
        self.target = target
    }

    /// Counts `limit` from now, whatever was counted before.
    package func start(_ limit: TimeAmount) {
        guard self.index >= 0 else { return }
        self.due = self.timers.now &+ UInt32(clamping: limit.nanoseconds / 1_000_000_000) &+ 1
    }

    /// Counts nothing until started again.
    package func pause() {
        self.due = 0
    }

    /// Ends the timer for good and lets go of its target. To be called when the connection ends.
    package func cancel() {
        self.timers.remove(self)
        self.target = nil
    }
}

/// The time limits of all connections on one event loop.
package final class ConnectionTimers {
    /// Seconds counted while there are connections.
    fileprivate var now: UInt32 = 1
    private var timers: [ConnectionTimer] = []
    private var isTicking = false
    private let eventLoop: any EventLoop

    package init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// A timer that counts nothing yet.
    package func makeTimer(for target: any ConnectionTimerTarget) -> ConnectionTimer {
        let timer = ConnectionTimer(self, target: target)
        timer.index = self.timers.count
        self.timers.append(timer)
        if !self.isTicking {
            self.isTicking = true
            self.scheduleTick()
        }
        return timer
    }

    fileprivate func remove(_ timer: ConnectionTimer) {
        guard timer.index >= 0 else { return }
        let last = self.timers.removeLast()
        if last !== timer {
            self.timers[timer.index] = last
            last.index = timer.index
        }
        timer.index = -1
    }

    private func scheduleTick() {
        self.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.tick() }
    }

    private func tick() {
        self.now &+= 1
        var reached: [any ConnectionTimerTarget] = []
        for timer in self.timers where timer.due != 0 && timer.due <= self.now {
            timer.due = 0
            if let target = timer.target { reached.append(target) }
        }
        for target in reached { target.timeLimitReached() }
        if self.timers.isEmpty {
            self.isTicking = false
        } else {
            self.scheduleTick()
        }
    }
}
