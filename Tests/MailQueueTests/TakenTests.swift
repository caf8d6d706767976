import MailTypes
import Storage
import Testing

@testable import MailQueue

@Suite("Mail that another database holds too", .timeLimit(.minutes(10)))
struct TakenTests {
    @Test("it is taken once however often it is offered, also after it has left and after a restart")
    func once() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        var new = fixture.message()
        new.isTakenOnce = true
        try await fixture.queue.accept(new)
        let item = try #require(try await fixture.take(1).first)
        try await fixture.queue.accept(new)
        fixture.settle(item, .relayed)
        await fixture.drain()
        try await fixture.queue.accept(new)
        #expect(try await fixture.queue.ledger().counts == [.accepted: 1, .relayed: 1, .queued: 0, .parked: 0])
        try fixture.reopen()
        try await fixture.queue.accept(new)
        #expect(try await fixture.queue.ledger()[.accepted] == 1)
        #expect(try await fixture.queue.taken() == [new.id])
        #expect(try await fixture.queue.check() == [])
    }

    @Test("what nobody offers again is forgotten")
    func forgotten() async throws {
        let fixture = try QueueFixture()
        defer { fixture.close() }
        var new = fixture.message()
        new.isTakenOnce = true
        try await fixture.queue.accept(new)
        try await fixture.queue.forgetTaken([new.id])
        #expect(try await fixture.queue.taken() == [])
    }
}
