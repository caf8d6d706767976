import MailQueue
import MailTesting
import MailTypes
import NIOCore
import NIOPosix
import SMTPWire
import Storage
import Synchronization
import Testing

@testable import Delivery

@Suite("Relaying to a next host", .timeLimit(.minutes(10)))
struct RelayTests {
    @Test("a message arrives as it was, envelope and text", arguments: [true, false])
    func arrives(_ isPipelining: Bool) async throws {
        var script = ScriptedSink.Script()
        script.keywords = isPipelining ? ["PIPELINING", "8BITMIME", "DSN", "SIZE 0"] : ["8BITMIME", "SIZE 0"]
        let text = "Subject: dots\r\n\r\n.one\r\n..two\r\n.\r\nend\r\n"
        try await DeliveryFixture.with(script) { fixture, sink in
            var new = fixture.message(
                to: [DeliveryFixture.recipient("bob@away.test", [.failure], "rfc822;bob@away.test")],
                text: text
            )
            new.sender.isEightBit = true
            new.sender.envelopeID = "ID1"
            try await fixture.queue.accept(new)
            try await fixture.waitUntilEmpty()
            let message = try #require(sink.messages.first)
            #expect(sink.messages.count == 1)
            #expect(message.text == text)
            let dsn = isPipelining ? (" ENVID=ID1", " NOTIFY=FAILURE ORCPT=rfc822;bob@away.test") : ("", "")
            #expect(
                message.commands == [
                    "MAIL FROM:<alice@here.test> SIZE=\(text.utf8.count) BODY=8BITMIME\(dsn.0)",
                    "RCPT TO:<bob@away.test>\(dsn.1)",
                ]
            )
            #expect(try await fixture.queue.ledger()[.relayed] == 1)
            #expect(fixture.events(of: new.id).contains { $0.contains("\"relayed\"") && $0.contains("bob@away.test") })
        }
    }

    @Test("many messages share few connections, each envelope behind the text before it")
    func reuse() async throws {
        try await DeliveryFixture.with { fixture, sink in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<300 {
                    group.addTask { try await fixture.send("user\(number)@away.test") }
                }
                try await group.waitForAll()
            }
            try await fixture.waitUntilEmpty()
            #expect(Set(sink.messages.flatMap(\.commands)).count == 301)
            #expect(sink.messages.count == 300)
            let state = sink.state.withLock { ($0.connections, $0.commandsAhead) }
            #expect(state.0 <= 20)
            #expect(state.1 > 0)
        }
    }

    @Test(
        "a connection that breaks in any phase costs a delay and nothing else",
        arguments: [
            "CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".",
        ]
    )
    func breaks(_ phase: String) async throws {
        var script = ScriptedSink.Script()
        script.act = { $0.verb == phase ? .drop : nil }
        try await DeliveryFixture.with(script) { fixture, sink in
            let id = try await fixture.send("bob@away.test", "carol@away.test")
            try await fixture.waitUntilDeferred(2)
            #expect(fixture.events(of: id).contains { $0.contains("attempt-failed") })
            sink.script.withLock { $0 = .init() }
            _ = try await fixture.queue.flush(.all)
            try await fixture.waitUntilEmpty()
            #expect(try await fixture.queue.ledger()[.relayed] == 2)
        }
    }

    @Test(
        "a temporary refusal in any phase means another attempt",
        arguments: ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."],
        ["450 4.3.2 not now", "421 4.3.2 closing"]
    )
    func temporary(_ phase: String, _ reply: String) async throws {
        var script = ScriptedSink.Script()
        script.act = { $0.verb == phase ? (reply.hasPrefix("421") ? .replyAndDrop(reply) : .reply(reply)) : nil }
        try await DeliveryFixture.with(script) { fixture, sink in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilDeferred()
            let listed = try #require(try await fixture.queue.list().first?.recipients.first)
            #expect(listed.lastReply == reply)
            #expect(listed.attempts == 1)
            sink.script.withLock { $0 = .init() }
            fixture.service.flush()
            fixture.advance(.seconds(61))
            try await fixture.waitUntilEmpty()
            // A text that was refused was sent all the same.
            #expect(sink.messages.count == (phase == "." ? 2 : 1))
        }
    }

    @Test("a permanent refusal in any phase sends the mail back", arguments: ["MAIL", "RCPT", "DATA", "."])
    func permanent(_ phase: String) async throws {
        var script = ScriptedSink.Script()
        script.act = { $0.verb == phase ? .reply("550 5.7.1 no") : nil }
        try await DeliveryFixture.with(script) { fixture, _ in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilEmpty()
            let notice = try #require(fixture.stored.withLock { $0 }.first)
            #expect(notice.text.contains("Action: failed"))
            #expect(notice.text.contains("Status: 5.7.1"))
            let ledger = try await fixture.queue.ledger()
            #expect(ledger[.bounced] == 1)
            #expect(ledger[.delivered] == 1)
        }
    }

    @Test("each recipient of a transaction has its own fate")
    func mixedRecipients() async throws {
        var script = ScriptedSink.Script()
        script.act = { moment in
            if moment.line.contains("bad@") { return .reply("550 5.1.1 No such user") }
            if moment.line.contains("busy@") { return .reply("450 4.2.1 busy") }
            return nil
        }
        try await DeliveryFixture.with(script) { fixture, sink in
            try await fixture.send("good@away.test", "bad@away.test", "busy@away.test")
            try await fixture.wait { try await fixture.queue.ledger()[.delivered] == 1 }
            #expect(sink.messages.count == 1)
            let ledger = try await fixture.queue.ledger()
            #expect(ledger[.relayed] == 1)
            #expect(ledger[.bounced] == 1)
            #expect(ledger[.queued] == 1)
            #expect(try await fixture.queue.list().flatMap { $0.recipients.map(\.address) } == ["busy@away.test"])
        }
    }

    @Test(
        "a host that takes two recipients at a time gets the others at once, and is then offered two",
        arguments: ["452 4.5.3 Too many recipients", "452 Too many recipients", "552 5.5.3 Too many recipients"],
        [true, false]
    )
    func tooManyRecipients(_ reply: String, _ isPipelined: Bool) async throws {
        final class Counter: Sendable {
            let accepted = Atomic(0)
            let offered = Atomic(0)
        }
        let counter = Counter()
        var script = ScriptedSink.Script()
        if !isPipelined { script.keywords = ["ENHANCEDSTATUSCODES"] }
        script.act = { moment in
            if moment.verb == "MAIL" { counter.accepted.store(0, ordering: .relaxed) }
            guard moment.verb == "RCPT" else { return nil }
            counter.offered.add(1, ordering: .relaxed)
            return counter.accepted.add(1, ordering: .relaxed).newValue > 2 ? .reply(reply) : nil
        }
        try await DeliveryFixture.with(script) { fixture, sink in
            let names = (1...7).map { "r\($0)@away.test" }
            try await fixture.queue.accept(fixture.message(to: names.map { DeliveryFixture.recipient($0) }))
            try await fixture.waitUntilEmpty()
            #expect(try await fixture.queue.ledger()[.relayed] == 7)
            #expect(sink.messages.count == 4)
            #expect(sink.state.withLock { $0.connections } == 1)
            #expect(counter.offered.load(ordering: .relaxed) == 7 + 5)
            let taken = sink.messages.flatMap(\.commands).filter { $0.hasPrefix("RCPT") }
            for name in names { #expect(taken.contains("RCPT TO:<\(name)>")) }
            #expect(fixture.stored.withLock { $0.isEmpty })
        }
    }

    @Test("452 to everybody, or about one mailbox, is a reason to wait", arguments: [true, false])
    func notTooMany(_ isEverybody: Bool) async throws {
        var script = ScriptedSink.Script()
        script.act = { moment in
            guard moment.verb == "RCPT", isEverybody || moment.line.contains("full@") else { return nil }
            return .reply(isEverybody ? "452 4.5.3 Too many recipients" : "452 4.2.2 Mailbox full")
        }
        try await DeliveryFixture.with(script) { fixture, sink in
            try await fixture.send("a@away.test", "full@away.test")
            try await fixture.waitUntilDeferred(isEverybody ? 2 : 1)
            #expect(sink.messages.count == (isEverybody ? 0 : 1))
            #expect(try await fixture.queue.ledger()[.relayed] == (isEverybody ? 0 : 1))
        }
    }

    @Test("LMTP answers for each recipient after the text")
    func lmtp() async throws {
        var script = ScriptedSink.Script()
        script.act = { moment in
            guard moment.verb == "." else { return nil }
            return [nil, .reply("552 5.2.2 full"), .reply("451 4.3.0 later")][moment.recipient]
        }
        try await DeliveryFixture.with(script, dialect: .lmtp) { fixture, _ in
            try await fixture.send("a@away.test", "b@away.test", "c@away.test")
            try await fixture.wait { try await fixture.queue.ledger()[.delivered] == 1 }
            let ledger = try await fixture.queue.ledger()
            #expect(ledger[.relayed] == 1)
            #expect(ledger[.bounced] == 1)
            #expect(ledger[.queued] == 1)
        }
    }

    @Test("a long row of messages that need what the host lacks comes back, and it carries what it can")
    func unmetRequirements() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let gate = group.next().makePromise(of: Void.self)
        var script = ScriptedSink.Script()
        script.keywords = ["PIPELINING"]
        script.act = { [opened = gate.futureResult] in $0.verb == "CONNECT" ? .wait(opened) : nil }
        let sink = try await ScriptedSink(group, script)
        let fixture = try DeliveryFixture(
            DeliveryFixture.routes(to: sink),
            options: DeliveryFixture.options {
                $0.concurrencyMax = 1
                $0.messagesPerConnection = 100_000
            }
        )
        let count = 4_000
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<count {
                // Nobody is told, which only takes time here.
                var new = fixture.message(to: [DeliveryFixture.recipient("user\(number)@away.test", .never)])
                new.sender.isEightBit = true
                let message = new
                tasks.addTask { try await fixture.queue.accept(message) }
            }
            try await tasks.waitForAll()
        }
        // All of them wait for the connection, so that it gets them one right after the other.
        try await fixture.wait { await fixture.service.destinations().first?.waiting == count }
        try await fixture.send("plain@away.test")
        gate.succeed()
        try await fixture.waitUntilEmpty()
        let ledger = try await fixture.queue.ledger()
        #expect(ledger[.discarded] == count && ledger[.relayed] == 1)
        #expect(sink.messages.map { $0.commands.last } == ["RCPT TO:<plain@away.test>"])
        #expect(sink.state.withLock { $0.connections } == 1)
        try await fixture.close()
        await sink.close()
        try await group.shutdownGracefully()
    }

    @Test("421 on a kept connection costs no delay: the message goes by another one at once")
    func staleConnection() async throws {
        var script = ScriptedSink.Script()
        script.act = { $0.verb == "MAIL" && $0.messages == 1 ? .replyAndDrop("421 4.4.2 idle for too long") : nil }
        try await DeliveryFixture.with(script) { fixture, sink in
            for number in 0..<5 {
                try await fixture.send("user\(number)@away.test")
                try await fixture.waitUntilEmpty()
            }
            #expect(sink.messages.count == 5)
        }
    }

    @Test("a host that stops answering is given up")
    func slowPeer() async throws {
        var script = ScriptedSink.Script()
        script.act = { $0.verb == "DATA" ? .silence : nil }
        try await DeliveryFixture.with(
            script,
            options: DeliveryFixture.options { $0.replyTimeoutMax = .milliseconds(500) }
        ) { fixture, _ in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilDeferred()
            let reply = try await fixture.queue.list().first?.recipients.first?.lastReply
            #expect(reply == "451 4.4.1 Next host did not answer in time")
        }
    }

    @Test("a large message is sent from its file, byte for byte")
    func largeMessage() async throws {
        try await DeliveryFixture.with { fixture, sink in
            let text = "Subject: big\r\n\r\n" + String(repeating: ".line of a large message\r\n", count: 60_000)
            let spool = try Spool.open(folder: fixture.folder.path("large"))
            let writer = spool.begin()
            writer.append(ByteBuffer(string: text)) { _ in }
            let file = try await withCheckedThrowingContinuation { continuation in
                writer.finish { continuation.resume(with: $0) }
            }
            var new = fixture.message(to: [DeliveryFixture.recipient("bob@away.test")])
            new.content = .file(file)
            try await fixture.queue.accept(new)
            file.discard()
            try await fixture.send("carol@away.test")
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.contains { $0.text == text })
            #expect(sink.messages.count == 2)
        }
    }

    @Test("stopping finishes what was begun and loses nothing")
    func gracefulStop() async throws {
        try await DeliveryFixture.with { fixture, sink in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask { try await fixture.send("user\(number)@away.test") }
                }
                try await group.waitForAll()
            }
            await fixture.service.stop(within: .seconds(2))
            let ledger = try await fixture.queue.ledger()
            #expect(ledger[.relayed] == sink.messages.count)
            #expect(ledger[.relayed] + ledger[.queued] == 200)
        }
    }

    @Test("more recipients than one transaction may have go in several")
    func manyRecipients() async throws {
        try await DeliveryFixture.with(options: DeliveryFixture.options { $0.recipientsMax = 10 }) { fixture, sink in
            let recipients = (0..<35).map { DeliveryFixture.recipient("user\($0)@away.test") }
            try await fixture.queue.accept(fixture.message(to: recipients))
            try await fixture.waitUntilEmpty()
            #expect(sink.messages.map { $0.commands.count - 1 }.sorted() == [5, 10, 10, 10])
        }
    }

    @Test("a message held while it waits is not sent, and one deleted is gone")
    func administration() async throws {
        var script = ScriptedSink.Script()
        script.act = { $0.verb == "CONNECT" ? .reply("421 4.3.2 not yet") : nil }
        try await DeliveryFixture.with(script) { fixture, sink in
            let held = try await fixture.send("held@away.test")
            let deleted = try await fixture.send("deleted@away.test")
            try await fixture.waitUntilDeferred(2)
            #expect(try await fixture.queue.hold(QueueFilter(message: held)) == 1)
            #expect(try await fixture.queue.delete(QueueFilter(message: deleted)) == 1)
            sink.script.withLock { $0 = .init() }
            _ = try await fixture.queue.flush(.all)
            try await fixture.send("bob@away.test")
            try await fixture.wait { try await fixture.queue.ledger()[.relayed] == 1 }
            _ = try await fixture.queue.release(.all)
            try await fixture.waitUntilEmpty()
            let commands = sink.messages.flatMap { $0.commands }
            #expect(commands.count { $0.contains("RCPT") } == 2)
        }
    }
}
