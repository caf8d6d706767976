/// How the running program is.
package struct Status: AdministrativeCall {
    package static let name = "status"
    package static let patience: Int? = 10

    package init() {}

    package struct Output: Codable, Sendable {
        package var version: String
        package var process: Int
        package var uptimeSeconds: Int
        package var listeners: [Listener]
        package var queuedMessages: Int
        package var oldestQueuedSeconds: Int
        package var parkedRecipients: Int
        package var alarms: [String]
        /// How many workers ended unasked since the supervisor began; `nil` from a program that does not count.
        package var workerRestarts: Int?

        package init(
            process: Int,
            uptimeSeconds: Int,
            listeners: [Listener],
            queuedMessages: Int,
            oldestQueuedSeconds: Int,
            parkedRecipients: Int
        ) {
            self.version = ""
            self.process = process
            self.uptimeSeconds = uptimeSeconds
            self.listeners = listeners
            self.queuedMessages = queuedMessages
            self.oldestQueuedSeconds = oldestQueuedSeconds
            self.parkedRecipients = parkedRecipients
            self.alarms = []
        }
    }

    package struct Listener: Codable, Sendable {
        package var name: String
        package var address: String
        package var connections: Int
        package var accepted: Int

        package init(name: String, address: String, connections: Int, accepted: Int) {
            self.name = name
            self.address = address
            self.connections = connections
            self.accepted = accepted
        }
    }
}

/// Reads the configuration again and takes over what can change while running.
package struct Reload: AdministrativeCall {
    package static let name = "reload"

    package init() {}
}

/// Stops gracefully: what was begun is finished first.
package struct Stop: AdministrativeCall {
    package static let name = "stop"

    package init() {}

    package struct Output: Codable, Sendable {
        /// The process that ends last.
        package var process: Int

        package init(process: Int) {
            self.process = process
        }
    }
}

/// Gives way to the program that is installed now, without a refused connection.
package struct Upgrade: AdministrativeCall {
    package static let name = "upgrade"

    package init() {}

    package struct Output: Codable, Sendable {
        /// The process that serves until the new program does.
        package var worker: Int
        /// Of the new program.
        package var version: String

        package init(worker: Int, version: String) {
            self.worker = worker
            self.version = version
        }
    }
}

/// The life of a message, a line of JSON an event.
package struct TraceQuery: AdministrativeCall {
    package static let name = "trace"
    package var query: String

    package init(query: String) {
        self.query = query
    }
}

/// Whether every message ever accepted is accounted for.
package struct Ledger: AdministrativeCall {
    package static let name = "ledger"

    package init() {}

    package struct Row: Codable, Sendable {
        package var place: String
        package var accepted: Int
        package var queued: Int
        package var delivered: Int
        package var relayed: Int
        package var bounced: Int
        package var discarded: Int
        package var parked: Int

        package init(
            place: String,
            accepted: Int,
            queued: Int,
            delivered: Int,
            relayed: Int,
            bounced: Int,
            discarded: Int,
            parked: Int
        ) {
            self.place = place
            self.accepted = accepted
            self.queued = queued
            self.delivered = delivered
            self.relayed = relayed
            self.bounced = bounced
            self.discarded = discarded
            self.parked = parked
        }

        package var answeredFor: Int {
            self.queued + self.delivered + self.relayed + self.bounced + self.discarded + self.parked
        }

        package var isBalanced: Bool { self.accepted == self.answeredFor }
    }
}

/// Proves that the stores are consistent, or tells where they are not.
package struct StoreCheck: AdministrativeCall {
    package static let name = "store/check"
    package static let isInspection = true

    package init() {}

    package struct Output: Codable, Sendable {
        /// A sentence each; empty when all is well.
        package var findings: [String]
        /// What a crash has left and the next start puts right, a sentence each; `nil` from a program that does not
        /// tell.
        package var leftovers: [String]?
    }
}

/// Copies everything into a folder, consistently, while the program runs.
package struct StoreBackup: AdministrativeCall {
    package static let name = "store/backup"
    package var folder: String

    package init(folder: String) {
        self.folder = folder
    }
}
