import MailQueue
import MailTypes
import Reception
import SMTPWire
import Synchronization
import Testing

@Suite("what a client declares of its message", .timeLimit(.minutes(10)))
struct DeclarationTests {
    private final class Taken: Sendable {
        let senders = Mutex<[EnvelopeSender]>([])
    }

    /// The envelope's sender as the next host will be told of it.
    private static func queued(_ text: String, from localPart: String = "sender") async throws -> EnvelopeSender {
        try await TestSite.with { site async throws in
            let answer = try await site.send(
                text,
                to: ["out"],
                sender: EmailAddress(localPart: localPart, domain: Domain("example.net")),
                isEightBit: true,
                isInternationalized: true
            )
            guard case .whole(let reply) = answer else { throw TestSite.Missing(what: "one answer for all") }
            #expect(reply.code == 250)
            let taken = Taken()
            site.queue.start(
                QueueHandlers(messagesReady: { items in
                    taken.senders.withLock { $0 += items.map(\.message.sender) }
                })
            )
            while taken.senders.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(5)) }
            return taken.senders.withLock { $0[0] }
        }
    }

    private static func text(_ word: String, octets: Int) -> String {
        "Subject: x\r\n\r\n" + String(repeating: "plain\r\n", count: octets / 7) + word + "\r\n"
    }

    @Test("counts only as far as the message needs it", arguments: [100, 300_000])
    func needless(_ octets: Int) async throws {
        let plain = try await Self.queued(Self.text("hello", octets: octets))
        #expect(!plain.isEightBit && !plain.isInternationalized)
        let eightBit = try await Self.queued(Self.text("grüße", octets: octets))
        #expect(eightBit.isEightBit && eightBit.isInternationalized)
    }

    @Test("an address with letters beyond ASCII is declared with the plainest of texts")
    func address() async throws {
        let sender = try await Self.queued(Self.text("hello", octets: 0), from: "jürgen")
        #expect(!sender.isEightBit && sender.isInternationalized)
    }
}
