import MailTesting
import Testing

@testable import Storage

@Suite("a connection", .timeLimit(.minutes(10)))
struct ConnectionTests {
    @Test("SQLite is told what it may leave undone before anything else is asked of it")
    func setUp() throws {
        try TemporaryFolder.with { folder in
            try TestShard.open(in: folder).close()
            #expect(Connection.isSetUp)
        }
    }
}
