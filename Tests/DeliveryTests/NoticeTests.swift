import Foundation
import MailQueue
import MailTesting
import MailTypes
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Delivery

@Suite("What senders are told", .timeLimit(.minutes(10)))
struct NoticeTests {
    static func refusing(_ reply: String = "550 5.1.1 No such user") -> ScriptedSink.Script {
        var script = ScriptedSink.Script()
        script.act = { $0.verb == "RCPT" ? .reply(reply) : nil }
        return script
    }

    @Test("a failure notice has every field of the standard")
    func fields() async throws {
        try await DeliveryFixture.with(Self.refusing()) { fixture, _ in
            var new = fixture.message(to: [DeliveryFixture.recipient("bob@away.test", nil, "rfc822;bob+2Bx@away.test")])
            new.sender.envelopeID = "QQ314159"
            try await fixture.queue.accept(new)
            try await fixture.wait { !fixture.stored.withLock { $0.isEmpty } }
            let notice = try #require(fixture.stored.withLock { $0 }.first).text
            for line in [
                "Return-Path: <>", "To: alice@here.test", "Auto-Submitted: auto-replied",
                "Content-Type: multipart/report; report-type=delivery-status;", "Content-Type: message/delivery-status",
                "Reporting-MTA: dns; martlet.test", "Original-Envelope-Id: QQ314159",
                "Original-Recipient: rfc822;bob+x@away.test", "Final-Recipient: rfc822;bob@away.test", "Action: failed",
                "Status: 5.1.1", "Remote-MTA: dns; [127.0.0.1]",
                "Diagnostic-Code: smtp; 550 5.1.1 No such user", "Content-Type: message/rfc822", "Subject: hello",
                "world",
            ] {
                #expect(notice.split(separator: "\r\n").contains { $0 == line }, "\(line) in \(notice)")
            }
            try await fixture.waitUntilEmpty()
        }
    }

    @Test("a notice is signed for its host's domain, and goes out unsigned when that fails", arguments: [false, true])
    func signature(isFailing: Bool) async throws {
        struct Broken: Error {}
        try await DeliveryFixture.with(Self.refusing()) { notice, author in
            guard !isFailing else { throw Broken() }
            return Array("DKIM-Signature: of \(notice.readableBytes) octets for \(author)\r\n".utf8)
        } _: { fixture, _ in
            try await fixture.send("bob@away.test")
            try await fixture.wait { !fixture.stored.withLock { $0.isEmpty } }
            let lines = try #require(fixture.stored.withLock { $0 }.first).text.components(separatedBy: "\r\n")
            let start = try #require(lines.firstIndex { $0.hasPrefix("Date: ") })
            let octets = lines[start...].joined(separator: "\r\n").utf8.count
            let signature = "DKIM-Signature: of \(octets) octets for martlet.test"
            #expect(lines[start - 1] == signature || isFailing, "\(lines)")
            #expect(lines.contains { $0.hasPrefix("DKIM-Signature") } == !isFailing)
            try await fixture.waitUntilEmpty()
        }
    }

    @Test(
        "the trace says that it was for its age that mail was given up, told or not",
        arguments: ["alice@here.test", nil]
    )
    func expiry(from sender: String?) async throws {
        let options = DeliveryFixture.options { $0.expiresAfter = .seconds(60) }
        try await DeliveryFixture.with(Self.refusing("450 4.2.1 later"), options: options) { fixture, _ in
            let id = try await fixture.send("bob@away.test", from: sender)
            try await fixture.waitUntilDeferred()
            fixture.advance(.seconds(61))
            try await fixture.waitUntilEmpty()
            let reason = sender == nil ? "expired, null-sender" : "expired"
            let event = sender == nil ? "discarded" : "bounced"
            let lines = fixture.events(of: id)
            #expect(
                lines.contains {
                    $0.contains("\"event\":\"\(event)\"") && $0.contains("\"reply\":\"450 4.2.1 later\"")
                        && $0.contains("\"reason\":\"\(reason)\"")
                },
                "\(lines)"
            )
        }
    }

    @Test(
        "a notice about an alias's target names the address that the sender wrote, unless the sender named another",
        arguments: [(nil, "team@here.test"), ("rfc822;old+2Bteam@there.test", "old+team@there.test")]
    )
    func aliasTarget(_ given: String?, _ told: String) async throws {
        try await DeliveryFixture.with(Self.refusing()) { fixture, _ in
            let new = fixture.message(to: [DeliveryFixture.recipient("team@here.test", nil, given)])
            try await fixture.queue.accept(new)
            try await fixture.waitUntilEmpty()
            let notice = fixture.stored.withLock { $0.map(\.text) }.first { $0.contains("Action: failed") }
            let lines = try #require(notice).components(separatedBy: "\r\n")
            #expect(lines.contains("Original-Recipient: rfc822;\(told)"), "\(lines)")
            #expect(lines.contains("Final-Recipient: rfc822;far@away.test"))
            #expect(lines.contains("<far@away.test> (expanded from <\(told)>): failed (5.1.1)"), "\(lines)")
        }
    }

    static let failureWishes: [(DSNNotify?, Bool)] = [
        (nil, true), ([.failure], true), ([.success, .failure], true), ([.success], false), ([.delay], false),
        ([.never], false),
    ]

    @Test("NOTIFY decides whether a failure is told", arguments: failureWishes)
    func failureNotices(_ notify: DSNNotify?, _ isTold: Bool) async throws {
        try await DeliveryFixture.with(Self.refusing()) { fixture, _ in
            let new = fixture.message(to: [DeliveryFixture.recipient("bob@away.test", notify)])
            try await fixture.queue.accept(new)
            try await fixture.waitUntilEmpty()
            #expect(fixture.stored.withLock { $0.count } == (isTold ? 1 : 0))
            let ledger = try await fixture.queue.ledger()
            #expect(ledger[.bounced] == (isTold ? 1 : 0))
            #expect(ledger[.discarded] == (isTold ? 0 : 1))
            if !isTold { #expect(fixture.events(of: new.id).contains { $0.contains("notify-never") }) }
        }
    }

    @Test(
        "success is told when asked for, unless the next host promises to",
        arguments: [(DSNNotify.success, false, true), (.success, true, false), (.failure, false, false)]
    )
    func successNotices(_ notify: DSNNotify, _ hostKnowsDSN: Bool, _ isTold: Bool) async throws {
        var script = ScriptedSink.Script()
        if hostKnowsDSN { script.keywords.append("DSN") }
        try await DeliveryFixture.with(script) { fixture, _ in
            try await fixture.queue.accept(fixture.message(to: [DeliveryFixture.recipient("bob@away.test", notify)]))
            try await fixture.waitUntilEmpty()
            let notices = fixture.stored.withLock { $0 }
            #expect(notices.count == (isTold ? 1 : 0))
            if isTold { #expect(notices[0].text.contains("Action: relayed")) }
        }
    }

    @Test("a delivery to a mailbox here is told when asked for")
    func deliveredNotice() async throws {
        try await DeliveryFixture.with { fixture, _ in
            try await fixture.queue.accept(fixture.message(to: [DeliveryFixture.recipient("bob@here.test", .success)]))
            try await fixture.waitUntilEmpty()
            let texts = fixture.stored.withLock { $0.map(\.text) }
            #expect(texts.count == 2)
            #expect(texts.contains { $0.contains("Action: delivered") && $0.contains("Status: 2.1.5") })
        }
    }

    @Test("mail without a sender is never sent back: a named rule ends it, and the trace and the ledger say so")
    func nullSender() async throws {
        try await DeliveryFixture.with(Self.refusing()) { fixture, _ in
            let id = try await fixture.send("bob@away.test", from: nil)
            try await fixture.waitUntilEmpty()
            #expect(fixture.stored.withLock { $0.isEmpty })
            let ledger = try await fixture.queue.ledger()
            #expect(ledger[.accepted] == 1)
            #expect(ledger[.discarded] == 1)
            #expect(fixture.events(of: id).contains { $0.contains("\"discarded\"") && $0.contains("null-sender") })
        }
    }

    @Test("lesson 16: a notice that cannot be delivered is not answered by a notice, with or without a postmaster")
    func noLoops() async throws {
        for postmaster: EmailAddress? in [nil, DeliveryFixture.address("postmaster@away.test")] {
            try await DeliveryFixture.with(
                Self.refusing(),
                options: DeliveryFixture.options { $0.doubleBouncesTo = postmaster }
            ) { fixture, _ in
                try await fixture.send("bob@away.test", from: "mallory@away.test")
                try await fixture.waitUntilEmpty()
                let ledger = try await fixture.queue.ledger()
                // The message, its notice, and the postmaster's copy of that if there is one. Then it ends.
                #expect(ledger[.accepted] == (postmaster == nil ? 2 : 3))
                #expect(ledger[.discarded] == 1)
                #expect(ledger[.bounced] == (postmaster == nil ? 1 : 2))
            }
        }
    }

    @Test(
        "a delay is told once, and if NOTIFY allows it",
        arguments: [
            (nil, true), ([.delay], true), ([.failure], false), ([.never], false),
        ] as [(DSNNotify?, Bool)]
    )
    func delayNotices(_ notify: DSNNotify?, _ isTold: Bool) async throws {
        try await DeliveryFixture.with(Self.refusing("450 4.2.0 busy")) { fixture, _ in
            try await fixture.queue.accept(fixture.message(to: [DeliveryFixture.recipient("bob@away.test", notify)]))
            try await fixture.waitUntilDeferred()
            for attempts in 2...3 {
                fixture.advance(.seconds(4 * 3_600 + 1))
                try await fixture.wait {
                    try await fixture.queue.list(QueueFilter(domain: Domain("away.test"))).first?.recipients.first?
                        .attempts == attempts
                }
            }
            try await fixture.wait { try await fixture.queue.totals().messages == 1 }
            let notices = fixture.stored.withLock { $0 }
            #expect(notices.count == (isTold ? 1 : 0))
            if isTold {
                #expect(notices[0].text.contains("Action: delayed"))
                #expect(notices[0].text.contains("Will-Retry-Until: "))
            }
        }
    }

    @Test("mail that cannot be delivered in five days goes back")
    func expiry() async throws {
        try await DeliveryFixture.with(
            Self.refusing("450 4.2.0 busy"),
            options: DeliveryFixture.options { $0.delayNoticeAfter = nil }
        ) { fixture, _ in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilDeferred()
            fixture.advance(.seconds(86_400 * 5 - 60))
            try await fixture.wait {
                try await fixture.queue.list().first?.recipients.first?.attempts == 2
            }
            fixture.advance(.seconds(4 * 3_600))
            try await fixture.waitUntilEmpty()
            let notice = try #require(fixture.stored.withLock { $0 }.first).text
            #expect(notice.contains("Action: failed"))
            #expect(notice.contains("Status: 4.4.7"))
            #expect(try await fixture.queue.ledger()[.bounced] == 1)
        }
    }

    @Test(
        "RET and the message's size decide how much of it goes back",
        arguments: [
            (DSNReturn.full, 100, true), (.headers, 100, false), (.full, 100_000, false),
        ]
    )
    func returnedPart(_ wish: DSNReturn, _ octets: Int, _ isFull: Bool) async throws {
        try await DeliveryFixture.with(Self.refusing()) { fixture, _ in
            let text = "Subject: hello\r\n\r\nTHEBODY " + String(repeating: "x", count: octets) + "\r\n"
            var new = fixture.message(to: [DeliveryFixture.recipient("bob@away.test")], text: text)
            new.sender.dsnReturn = wish
            try await fixture.queue.accept(new)
            try await fixture.waitUntilEmpty()
            let notice = try #require(fixture.stored.withLock { $0 }.first).text
            #expect(notice.contains("Subject: hello"))
            #expect(notice.contains("THEBODY") == isFull)
        }
    }
}
