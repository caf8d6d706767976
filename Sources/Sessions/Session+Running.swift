internal import Listener
internal import NIOCore

/// Events from the channel, and what they set going.
extension Session {
    /// The connection is ready.
    func started() {
        self.greet()
        self.flush()
    }

    func bytesArrived(_ bytes: ByteBuffer) {
        guard !self.isOver else { return }
        self.transport.lastActivity = .now()
        self.receive(bytes)
        self.proceed()
    }

    func writabilityChanged() {
        guard self.channel.isWritable else {
            self.transport.stalledSince = .now()
            return
        }
        self.transport.stalledSince = nil
        self.transport.lastActivity = .now()
        if let waiter = self.transport.writabilityWaiter {
            self.transport.writabilityWaiter = nil
            waiter.resume()
        } else if !self.isOver {
            self.proceed()
            self.resumeReading()
        }
    }

    /// The channel is gone: let go of everything.
    func ended() {
        self.end()
        self.transport.writabilityWaiter?.resume()
        self.transport.writabilityWaiter = nil
        if !self.transport.isRunning { self.release() }
    }

    /// The service ends: finish the running command, then say goodbye.
    func shutDown() {
        self.transport.isShuttingDown = true
        if !self.transport.isRunning { self.sayFarewell(.shuttingDown) }
    }

    /// Does what can be done at once, and starts a task for the rest if there is one.
    ///
    /// Flushing may make room at once, of which the channel tells before it returns; whoever is deciding then sees it.
    package func proceed() {
        guard !self.transport.isRunning, !self.transport.isDeciding else { return }
        self.transport.isDeciding = true
        let work = self.nextWork()
        self.transport.isDeciding = false
        guard let work else { return self.rest() }
        self.transport.isRunning = true
        self.startTask { await $0.run(work) }
    }

    /// Starts a task that lives as long as the connection does at most.
    package func startTask(_ body: @escaping @Sendable (isolated Self) async -> Void) {
        self.transport.tasks.start(on: self, self.eventLoop, body)
    }

    private func run(_ first: Work) async {
        var next: Work? = first
        while let work = next {
            await self.perform(work)
            await self.untilWritable()
            if self.transport.isShuttingDown { break }
            next = self.nextWork()
        }
        self.transport.isRunning = false
        if self.transport.isShuttingDown, !self.isOver { return self.sayFarewell(.shuttingDown) }
        self.rest()
        self.resumeReading()
    }

    /// Nothing is left to do for now. A session that is over closes when everything written has left; a client that
    /// does not read is given until the next time limit.
    private func rest() {
        self.flush()
        self.releaseBuffers()
        guard self.isOver else { return }
        self.release()
        let channel = self.channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
    }

    private func resumeReading() {
        if self.wantsBytes, self.channel.isActive { self.channel.read() }
    }

    /// Ends the connection with a word.
    package func sayFarewell(_ reason: SessionFarewell) {
        guard !self.isOver else { return }
        self.writeFarewell(reason)
        self.endAfterOutput()
    }

    /// Ends the connection when what has been written has left.
    package func endAfterOutput() {
        self.end()
        self.rest()
    }
}
