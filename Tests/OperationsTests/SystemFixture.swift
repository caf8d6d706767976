import Directory
import MailQueue
import MailStore
import MailTesting
import MailTypes
import Trace

@testable import Operations

/// An administered system of its own for one test, with a domain `example.org`.
func withSystem<R>(_ body: (AdministeredSystem) async throws -> R) async throws -> R {
    try await TemporaryFolder.with { folder in
        let clock = ManualClock(fixedTime)
        let directory = try Directory.open(folder: folder.path("directory"), clock: clock)
        defer { directory.close() }
        let store = try MailStore.open(folder: folder.path("mail"), shards: 1, clock: clock)
        defer { store.close() }
        let queue = try MailQueue.open(folder: folder.path("queue"), options: MailQueueOptions(), clock: clock)
        defer { queue.close() }
        let system = AdministeredSystem(
            directory: directory,
            store: store,
            queue: queue,
            journal: try TraceJournal(folder: folder.path("trace"), days: 1, clock: clock),
            traceFolder: folder.path("trace"),
            clock: clock,
            running: nil
        )
        try await directory.addDomain(Domain("example.org"))
        return try await body(system)
    }
}
