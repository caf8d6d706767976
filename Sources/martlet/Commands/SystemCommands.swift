internal import ArgumentParser
internal import MartletSystem
internal import Operations

/// `martlet status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "How the running program is.")
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try self.output.print(await self.site.ask(Status())) { status in
            var table = TextTable("LISTENER", "ADDRESS", "CONNECTIONS", "SINCE START")
            for row in status.listeners { table.add(row.name, row.address, "\(row.connections)", "\(row.accepted)") }
            let restarts = status.workerRestarts.map { $0 > 0 ? ", worker restarts: \($0)" : "" } ?? ""
            let alarms = status.alarms.map { "ALARM: \($0)" }
            return
                ([
                    "martlet \(status.version), process \(status.process), up \(status.uptimeSeconds) s\(restarts)",
                    "queue: \(status.queuedMessages) messages, oldest \(status.oldestQueuedSeconds) s, "
                        + "\(status.parkedRecipients) recipients parked",
                    table.text,
                ] + alarms).joined(separator: "\n")
        }
    }
}

/// `martlet reload`
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Read configuration and certificates again without dropping a connection."
    )
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try self.output.print(await self.site.ask(Reload()), \.message)
    }
}

/// `martlet trace`
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "The life of a message, from first packet to last state.",
        discussion: """
            Examples:
              martlet trace 0e1zvq3c4k000
              martlet trace '<20260131.1@example.org>'
              martlet trace alice@example.org
            """
    )
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Argument(help: "A queue id, a Message-ID or an address; of that the newest 100 messages are told.")
    var query: String

    func run() async throws {
        let lines = try await self.site.ask(TraceQuery(query: self.query))
        if self.output.json {
            for line in lines { show(json: line) }
        } else {
            for line in lines { show(TraceText.describe(line)) }
        }
        if lines.isEmpty { throw CommandFailure("nothing is known of '\(self.query)' in the days that are kept") }
    }
}

/// `martlet ledger`
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Prove that every recipient ever accepted is accounted for; fails when one is not."
    )
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let rows = try await self.site.ask(Ledger())
        try self.output.print(rows) { rows in
            var table = TextTable(
                "PLACE",
                "ACCEPTED",
                "= QUEUED",
                "+ DELIVERED",
                "+ RELAYED",
                "+ BOUNCED",
                "+ DISCARDED",
                "+ PARKED",
                ""
            )
            for row in rows {
                table.add(
                    row.place,
                    "\(row.accepted)",
                    "\(row.queued)",
                    "\(row.delivered)",
                    "\(row.relayed)",
                    "\(row.bounced)",
                    "\(row.discarded)",
                    "\(row.parked)",
                    row.isBalanced ? "ok" : "OFF BY \(row.accepted - row.answeredFor)"
                )
            }
            return table.text
        }
        if !rows.allSatisfy(\.isBalanced) { throw ExitCode(1) }
    }
}

/// `martlet version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")
    @OptionGroup var output: OutputOptions

    func run() throws {
        try self.output.print(["version": MartletVersion.text]) { _ in "martlet \(MartletVersion.text)" }
    }
}
