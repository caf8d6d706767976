/// How long a message may take, as one host tells the next: `BY=3600;R`. RFC 2852 §4.
package struct DeliverByRequest: Hashable, Sendable {
    /// What happens when the time is over. RFC 2852 §4.
    package enum Mode: Hashable, Sendable {
        /// `N`: the sender is told of the delay, and delivery goes on.
        case notify
        /// `R`: the message goes back to its sender.
        case giveBack
    }

    /// The most that fits: nine digits.
    package static let secondsMax = 999_999_999

    /// From now; zero or less, with ``Mode/notify`` only, when the time is over and the sender told.
    package var seconds: Int
    package var mode: Mode
    /// `T`: each host that hands the message on tells the sender so.
    package var isTraced: Bool

    package init(seconds: Int, mode: Mode, isTraced: Bool = false) {
        self.seconds = min(max(seconds, -Self.secondsMax), Self.secondsMax)
        self.mode = mode
        self.isTraced = isTraced
    }
}

/// By when a message is to be delivered, and what happens if it is not. RFC 2852.
package struct DeliverBy: Hashable, Sendable {
    package var deadline: Instant
    package var mode: DeliverByRequest.Mode
    package var isTraced: Bool
    /// The time was over when the message came, and who had it then has told the sender.
    package var wasOverdue: Bool

    package init(
        deadline: Instant,
        mode: DeliverByRequest.Mode,
        isTraced: Bool = false,
        wasOverdue: Bool = false
    ) {
        self.deadline = deadline
        self.mode = mode
        self.isTraced = isTraced
        self.wasOverdue = wasOverdue
    }

    /// - Parameter moment: when the request came. RFC 2852 §4.1: the time counts from MAIL on.
    package init(_ request: DeliverByRequest, from moment: Instant) {
        self.init(
            deadline: moment + .seconds(request.seconds),
            mode: request.mode,
            isTraced: request.isTraced,
            wasOverdue: request.seconds <= 0
        )
    }

    /// What the next host is told. A moment that is left counts as a second, as 0 would say that the sender was told.
    ///
    /// - Parameter timeLeft: less than zero when the deadline has passed.
    package func request(timeLeft: Duration) -> DeliverByRequest {
        let (seconds, fraction) = timeLeft.components
        let isBegun = self.mode == .notify && seconds == 0 && fraction > 0
        return DeliverByRequest(
            seconds: isBegun ? 1 : Int(clamping: seconds),
            mode: self.mode,
            isTraced: self.isTraced
        )
    }
}
