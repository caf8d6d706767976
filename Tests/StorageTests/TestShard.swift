import MailTesting
import Storage
import Synchronization

/// A table to write into, and ways to do it.
enum TestShard {
    static let migrations = [
        Migration(1, "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, file TEXT)")
    ]

    static func open(in folder: TemporaryFolder, _ change: (inout Shard.Options) -> Void = { _ in }) throws -> Shard {
        var options = Shard.Options()
        options.bodyNames = "SELECT file FROM note WHERE file IS NOT NULL"
        change(&options)
        return try Shard.open(folder: folder.path, name: "test", migrations: Self.migrations, options: options)
    }

    static func insert(_ text: String, _ database: Database) throws {
        let statement = try database.statement("INSERT INTO note(text) VALUES(?)")
        statement.bind(text, at: 1)
        try statement.run()
    }

    static func texts(_ database: Database) throws -> [String] {
        var texts: [String] = []
        try database.statement("SELECT text FROM note ORDER BY id").eachRow { texts.append($0.text(0)) }
        return texts
    }
}

/// What happened, in the order it happened, from any thread.
final class EventList: Sendable {
    private let events = Mutex<[String]>([])

    func add(_ event: String) {
        self.events.withLock { $0.append(event) }
    }

    var all: [String] { self.events.withLock { $0 } }
}
