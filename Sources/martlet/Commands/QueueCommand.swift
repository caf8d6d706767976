internal import ArgumentParser
internal import Operations

/// `martlet queue …`
struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Mail on its way out, and mail set aside.",
        discussion: """
            Examples:
              martlet queue list --state parked
              martlet queue flush --to example.net
              martlet queue hold 0e1zvq3c4k000
            """,
        subcommands: [
            List.self, Show.self, Flush.self, Hold.self, Release.self, Delete.self, Requeue.self,
        ]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List messages, oldest first.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Option(help: "Only recipients of this domain or address.") var to: String?
        @Option(help: "Only queued, held or parked ones.") var state: String?
        @Option(help: "At most so many messages.") var limit = CountArgument(1_000)

        func run() async throws {
            let call = QueueList(destination: self.to, state: self.state, limit: self.limit.count + 1)
            try self.output.print(await self.site.ask(call), limit: self.limit) { rows in
                rows.isEmpty ? "The queue is empty." : rows.map(describe).joined(separator: "\n")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one message with all its recipients.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The queue id.") var id: String

        func run() async throws {
            try self.output.print(await self.site.ask(QueueShow(id: self.id)), describe)
        }
    }

    /// Which messages a change is for.
    struct Selection: ParsableArguments {
        @Argument(help: "Queue ids.") var ids: [String] = []
        @Option(help: "All messages to this domain or address.") var to: String?
        @Flag(help: "All messages.") var all = false

        func validate() throws {
            let ways = (self.ids.isEmpty ? 0 : 1) + (self.to == nil ? 0 : 1) + (self.all ? 1 : 0)
            guard ways == 1 else { throw ValidationError("Name queue ids, or --to DESTINATION, or --all.") }
        }

        func call(_ action: QueueChange.Action) -> QueueChange {
            QueueChange(action: action, ids: self.ids, destination: self.to, user: Operator.name)
        }
    }

    struct Flush: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Try now instead of waiting.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @OptionGroup var selection: Selection

        func run() async throws {
            try self.output.print(await self.site.ask(self.selection.call(.flush)), \.message)
        }
    }

    struct Hold: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Keep, and do not send until released.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @OptionGroup var selection: Selection

        func run() async throws {
            try self.output.print(await self.site.ask(self.selection.call(.hold)), \.message)
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send what was held.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @OptionGroup var selection: Selection

        func run() async throws {
            try self.output.print(await self.site.ask(self.selection.call(.release)), \.message)
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove without sending and without a notice.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @OptionGroup var selection: Selection

        func run() async throws {
            try self.output.print(await self.site.ask(self.selection.call(.delete)), \.message)
        }
    }

    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start over: forget failures, take parked mail up again."
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @OptionGroup var selection: Selection

        func run() async throws {
            try self.output.print(await self.site.ask(self.selection.call(.requeue)), \.message)
        }
    }
}

private func describe(_ row: QueueList.Row) -> String {
    var lines = ["\(row.id)  \(row.received)  \(describeOctets(row.octets))  from <\(row.from)>"]
    if let deliverBy = row.deliverBy { lines.append("    to be delivered by \(deliverBy)") }
    for recipient in row.recipients {
        let attempts = recipient.attempts == 1 ? "1 attempt" : "\(recipient.attempts) attempts"
        var line = "    <\(recipient.recipient)>  \(recipient.state), \(attempts)"
        if let next = recipient.nextAttempt { line += ", next \(next)" }
        if !recipient.lastReply.isEmpty { line += "\n        \(recipient.lastReply)" }
        lines.append(line)
    }
    return lines.joined(separator: "\n")
}
