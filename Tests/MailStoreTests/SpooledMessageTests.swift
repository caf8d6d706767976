import Foundation
import MailTesting
import MailTypes
import NIOCore
import Storage
import Testing

@testable import MailStore

@Suite("messages that come from the spool", .timeLimit(.minutes(10)))
struct SpooledMessageTests {
    @Test("of messages whose lines end otherwise an account's own are told, whatever others have between them")
    func octetsInLines() async throws {
        try await TestStore.with(shards: 1) { test in
            let texts = ["a: b\r\n\r\n", "a: b\n\nx", "a: b\r\n\r\nx", "a: b\n\n"]
            for number in 0..<24 {
                let account = number % 3 == 0 ? TestStore.alice : TestStore.bob
                let content = MessageContent.inline(ByteBuffer(string: texts[number % 4]))
                let inbox = try await test.inbox(account)
                let message = NewMessage(content: content, internalDate: test.clock.now)
                _ = try await test.store.append([message], to: inbox.id, of: account)
            }
            let live = try #require(try await test.store.open(.inbox, of: TestStore.alice))
            let state = try await live.state()
            var messages: [StoredMessageID] = []
            state.forEach(in: 0..<state.count) { messages.append($0.message) }
            let asked = messages
            let told = try await test.store.read(of: TestStore.alice) { try $0.octetsInLines(of: asked) }
            // Hers are those of every third text: the first, fourth, third, second and so on.
            let expected = [nil, 8, 11, 11, nil, 8, 11, 11].enumerated().filter { $0.element != nil }
            #expect(told == Dictionary(uniqueKeysWithValues: expected.map { (messages[$0.offset], $0.element ?? 0) }))
        }
    }

    @Test("of messages that were spooled together the small ones become rows, and only large ones files")
    func spooled() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            let sizes = [40, 4_096, MessageContentLimits.inlineMax, MessageContentLimits.inlineMax + 1]
            let messages = try sizes.enumerated().map { number, octets in
                let text = "Subject: \(number)\r\n\r\n"
                let bytes = Data((text + String(repeating: "x", count: octets - text.utf8.count)).utf8)
                let path = test.folder.path("spooled \(number)")
                try bytes.write(to: URL(filePath: path))
                let content = MessageContent.file(SpoolFile(path: path, octets: octets))
                return NewMessage(content: content, internalDate: test.clock.now)
            }
            _ = try await test.store.append(messages, to: inbox.id, of: TestStore.alice)
            for message in messages { message.content.discard() }
            let shard = test.store.mailShard(of: TestStore.alice).shard
            #expect(shard.bodies.all().count == 1)
            let state = try await test.store.open(inbox.id, of: TestStore.alice).state()
            for (entry, octets) in zip(0..<state.count, sizes) {
                let message = state[entry].message
                let count = try await test.store.read(of: TestStore.alice) { try $0.withBody(message) { $0.count } }
                #expect(count == octets)
            }
            #expect(test.store.check() == [])
        }
    }

    @Test("a spooled message that was cut short is not stored, and neither are those with it")
    func spooledShort() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            let path = test.folder.path("spooled")
            try Data("Subject: short\r\n\r\n".utf8).write(to: URL(filePath: path))
            let short = MessageContent.file(SpoolFile(path: path, octets: 500))
            await #expect(throws: (any Error).self) {
                _ = try await test.store.append(
                    [
                        NewMessage(content: TestStore.message("whole"), internalDate: test.clock.now),
                        NewMessage(content: short, internalDate: test.clock.now),
                    ],
                    to: inbox.id,
                    of: TestStore.alice
                )
            }
            #expect(try await test.inbox().messages == 0)
            #expect(test.store.check() == [])
        }
    }
}
