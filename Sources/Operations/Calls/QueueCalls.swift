/// Messages in the queue, oldest first.
package struct QueueList: AdministrativeCall {
    package static let name = "queue/list"
    /// Only recipients of this domain or address.
    package var destination: String?
    /// Only `queued`, `held` or `parked` recipients.
    package var state: String?
    package var limit: Int

    package init(destination: String?, state: String?, limit: Int) {
        self.destination = destination
        self.state = state
        self.limit = limit
    }

    package struct Recipient: Codable, Sendable {
        package var recipient: String
        package var state: String
        package var attempts: Int
        package var nextAttempt: String?
        package var lastReply: String
    }

    package struct Row: Codable, Sendable {
        package var id: String
        package var received: String
        package var from: String
        package var octets: Int
        /// By when its sender wants it delivered, and what is to happen then.
        package var deliverBy: String?
        package var recipients: [Recipient]
    }
}

/// One message with all its recipients.
package struct QueueShow: AdministrativeCall {
    package static let name = "queue/show"
    package var id: String

    package init(id: String) {
        self.id = id
    }
}

/// What to do with one message, with all for a destination, or with the whole queue.
package struct QueueChange: AdministrativeCall {
    package static let name = "queue/change"

    package enum Action: String, Codable, Sendable {
        case flush
        case hold
        case release
        case delete
        case requeue
    }

    package var action: Action
    /// Messages by id; empty means by `destination`, or all.
    package var ids: [String]
    package var destination: String?
    /// Who asks, for the trace; `nil` when that is not known. Whoever may ask at all may do everything.
    package var user: String?

    package init(action: Action, ids: [String], destination: String?, user: String? = nil) {
        self.action = action
        self.ids = ids
        self.destination = destination
        self.user = user
    }
}
