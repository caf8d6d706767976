import MailQueue
import MailTypes
import NIOCore
import Storage
import Telemetry
import Testing
import Trace

@testable import Operations

@Suite("what an administrator does to the queue", .timeLimit(.minutes(10)))
struct QueueChangeTests {
    @Test(
        "each recipient's line in the trace says what was done to it and who asked",
        arguments: [
            ([QueueChange.Action.hold], TraceEvent.held), ([.hold, .release], .released), ([.requeue], .requeued),
            ([.delete], .deleted),
        ]
    )
    func trace(actions: [QueueChange.Action], last: TraceEvent) async throws {
        try await withSystem { system in
            let id = try await Self.queueMessage(on: system)
            for action in actions {
                let call = QueueChange(action: action, ids: ["\(id)"], destination: "b@x.test", user: "pat")
                _ = try await call.perform(on: system)
            }
            let lines = Self.lines(of: id, last, on: system)
            #expect(lines.count == 2)
            for (line, address) in zip(lines, ["a@x.test", "b@x.test"]) {
                #expect(line.contains("\"to\":\"\(address)\"") && line.contains("\"user\":\"pat\""))
            }
        }
    }

    @Test("mail that waits for its time and is tried now is in the trace, too")
    func flush() async throws {
        try await withSystem { system in
            let id = try await Self.queueMessage(on: system)
            system.queue.start(
                QueueHandlers(messagesReady: { items in
                    for item in items {
                        let later = RecipientOutcome.deferred(for: .seconds(600), reply: "later")
                        let outcomes = item.recipients.map { (ordinal: $0.ordinal, outcome: later) }
                        system.queue.settle(Settlement(item.message, outcomes))
                    }
                })
            )
            while try await system.queue.totals().deferred != 2 { try await Task.sleep(for: .milliseconds(5)) }
            system.queue.stop()
            _ = try await QueueChange(action: .flush, ids: [], destination: nil).perform(on: system)
            #expect(Self.lines(of: id, .flushed, on: system).count == 2)
        }
    }

    @Test("a message that is not in the queue is named, and one in which there is nothing to change is not")
    func unknown() async throws {
        try await withSystem { system in
            let id = try await Self.queueMessage(on: system)
            let hold = QueueChange(action: .hold, ids: ["\(id)"], destination: nil)
            for _ in 0..<2 { _ = try await hold.perform(on: system) }
            let gone = system.journal.makeID()
            let change = QueueChange(action: .release, ids: ["\(gone)", "\(id)"], destination: nil)
            let error = await #expect(throws: OperationError.self) { try await change.perform(on: system) }
            #expect(error?.description.contains("Not in the queue: \(gone). 2 recipients released.") == true)
        }
    }

    private static func queueMessage(on system: AdministeredSystem) async throws -> TimeSortedID {
        let id = system.journal.makeID()
        let addresses = ["a", "b"].map { EmailAddress(localPart: $0, domain: Domain("x.test")) }
        try await system.queue.accept(
            NewQueuedMessage(
                id: id,
                sender: EnvelopeSender(reversePath: .null),
                recipients: addresses.map { EnvelopeRecipient(path: .address($0)) },
                content: .inline(ByteBuffer(string: "Subject: x\r\n\r\nx\r\n")),
                receivedAt: system.clock.now
            )
        )
        return id
    }

    private static func lines(
        of id: TimeSortedID,
        _ event: TraceEvent,
        on system: AdministeredSystem
    ) -> [String] {
        system.journal.flush()
        let lines = TraceSearch(folder: system.traceFolder).lines(about: id.description)
        return lines.filter { $0.contains("\"event\":\"\(event.rawValue)\"") }
    }
}
