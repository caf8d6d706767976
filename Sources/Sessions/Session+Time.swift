package import NIOCore

/// How long clients are waited for.
extension Session {
    /// How long to leave the client alone before looking at the connection.
    var patience: TimeAmount {
        if self.transport.stalledSince != nil { return self.stallMax }
        if self.isAuthenticated { return self.silenceMax }
        return min(self.silenceMax, max(.zero, self.loginDeadline - .now()))
    }

    /// Until when somebody who has not logged in is borne with, however much it says: a stranger must not keep a
    /// connection for nothing.
    private var loginDeadline: NIODeadline {
        self.transport.anonymousSince + self.silenceMax * SessionTransport.loginTimeouts
    }

    /// Decides about a client that has been left alone long enough.
    ///
    /// - Returns: how long to wait before looking again; `nil` when the connection has been closed.
    package func judgeSilence() -> TimeAmount? {
        let now = NIODeadline.now()
        if let stalledSince = self.transport.stalledSince, stalledSince + self.stallMax > now {
            return stalledSince + self.stallMax - now
        }
        if self.transport.stalledSince != nil || self.isOver {
            self.end()
            self.channel.close(promise: nil)
            return nil
        }
        var deadline = self.transport.lastActivity + self.silenceMax
        if !self.isAuthenticated { deadline = min(deadline, self.loginDeadline) }
        let rest = deadline - now
        if self.transport.isRunning { return max(rest, SessionTransport.busyTimeout) }
        if rest > .zero { return rest }
        self.sayFarewell(.silence)
        return SessionTransport.farewellTimeout
    }

    /// Waits without holding a thread.
    package func pause(until deadline: NIODeadline) async {
        guard deadline > .now() else { return }
        _ = try? await self.eventLoop.scheduleTask(deadline: deadline) {}.futureResult.get()
    }
}
