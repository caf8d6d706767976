internal import IMAPWire
internal import MailStore
internal import NIOCore
internal import Synchronization

/// What wakes a session that idles.
struct IdleSubscription {
    let subscription: LiveMailbox.Subscription
}

/// Several changes between two turns of the event loop are one wake-up.
private final class Wake: Sendable {
    private let isPending = Atomic(false)

    /// - Returns: whether the caller is the one to pass the wake-up on.
    func raise() -> Bool { !self.isPending.exchange(true, ordering: .acquiringAndReleasing) }

    func lower() { self.isPending.store(false, ordering: .releasing) }
}

/// IDLE: the server speaks up by itself. RFC 2177.
///
/// The store wakes the session after each commit; nothing is polled, and while nothing happens an idling connection is
/// no more than its socket.
extension IMAPConnection {
    func beginIdle(_ tag: String) -> IMAPWork? {
        self.output.writeContinuation("idling")
        self.idleTag = tag
        self.machine.idleBegan()
        self.framer.resume(.idle)
        guard let selected = self.selected else { return nil }
        self.watch(selected.live)
        // What happened before the watch began.
        return self.tellNewsNow() ? nil : .news
    }

    func endIdle(isDone: Bool) {
        self.stopWatching()
        self.machine.idleEnded()
        guard let tag = self.idleTag else { return }
        self.idleTag = nil
        if isDone {
            self.output.writeTagged(tag, .ok, "IDLE completed")
        } else {
            self.output.writeReply(tag, .notDone)
        }
    }

    private func watch(_ mailbox: LiveMailbox) {
        let wake = Wake()
        let eventLoop = self.eventLoop
        let subscription = mailbox.subscribe { [weak self] in
            guard wake.raise() else { return }
            eventLoop.execute {
                wake.lower()
                self?.assumeIsolated { $0.mailboxChanged() }
            }
        }
        self.idleSubscription = IdleSubscription(subscription: subscription)
    }

    func stopWatching() {
        self.idleSubscription?.subscription.cancel()
        self.idleSubscription = nil
        self.hasNews = false
    }
}
