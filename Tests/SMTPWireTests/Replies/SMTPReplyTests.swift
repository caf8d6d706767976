import MailTypes
import NIOCore
import Testing

@testable import SMTPWire

@Suite("SMTP replies")
struct SMTPReplyTests {
    @Test(
        "are written with their status code on every line (RFC 2034 §4)",
        arguments: [
            (SMTPReply.ok, "250 2.0.0 OK\r\n"),
            (SMTPReply(220, nil, "mail.example ESMTP"), "220 mail.example ESMTP\r\n"),
            (SMTPReply(550, "5.1.1", "No such user"), "550 5.1.1 No such user\r\n"),
            (
                SMTPReply(554, EnhancedStatus(5, 7, 1), lines: ["No", "and no again"]),
                "554-5.7.1 No\r\n554 5.7.1 and no again\r\n"
            ),
            (SMTPReply(250, EnhancedStatus(2, 100, 999), ""), "250 2.100.999\r\n"),
            (SMTPReply(250, nil, lines: []), "250 \r\n"),
            (SMTPReply(250, nil, "a\r\n550 forged"), "250 a  550 forged\r\n"),
        ]
    )
    func encoding(_ reply: SMTPReply, _ wire: String) {
        #expect(String(buffer: reply.encoded()) == wire)
    }

    @Test(
        "are read back as they were written, however they are cut",
        arguments: [
            SMTPReply.ok, SMTPReply.startInput, SMTPReply(554, EnhancedStatus(5, 7, 1), lines: ["No", "and no again"]),
            SMTPReply(250, nil, lines: ["a", "", "c"]), SMTPReply(421, "4.3.2", "Bye"),
        ]
    )
    func roundTrip(_ reply: SMTPReply) throws {
        let next = SMTPReply.bye
        for pieces in everyCut(of: String(buffer: reply.encoded()) + String(buffer: next.encoded())) {
            var framer = SMTPReplyFramer()
            var seen: [SMTPReply] = []
            for piece in pieces {
                framer.append(piece)
                while let reply = try framer.nextReply() { seen.append(reply) }
            }
            #expect(seen == [reply, next])
            #expect(framer.octetsWaiting == 0)
        }
    }

    @Test(
        "are read in the forms that real servers give them",
        arguments: [
            ("250\r\n", SMTPReply(250, nil, "")),
            ("250 OK\n", SMTPReply(250, nil, "OK")),
            ("250-a\r\n250\r\n", SMTPReply(250, nil, lines: ["a", ""])),
            ("550 5.1.1: what\r\n", SMTPReply(550, nil, "5.1.1: what")),
            ("550 4.1.1 other class\r\n", SMTPReply(550, nil, "4.1.1 other class")),
            ("550 5.1.1\r\n", SMTPReply(550, EnhancedStatus(5, 1, 1), "")),
            ("550 5.1.1\tgone\r\n", SMTPReply(550, EnhancedStatus(5, 1, 1), "gone")),
            ("250 2.1.0.9 x\r\n", SMTPReply(250, nil, "2.1.0.9 x")),
            ("250-5.0 a\r\n250 2.0.0 b\r\n", SMTPReply(250, EnhancedStatus(2, 0, 0), lines: ["5.0 a", "b"])),
            ("250 a\tb\u{1b}c\r\n", SMTPReply(250, nil, "a b c")),
        ]
    )
    func lenience(_ wire: String, _ expected: SMTPReply) throws {
        var framer = SMTPReplyFramer()
        framer.append(ByteBuffer(string: wire))
        #expect(try framer.nextReply() == expected)
    }

    @Test(
        "that are none end the connection",
        arguments: [
            "OK\r\n", "25 OK\r\n", "250OK\r\n", "199 a\r\n", "600 a\r\n", "250-a\r\n251 b\r\n", "\r\n", "-250 a\r\n",
        ]
    )
    func malformed(_ wire: String) {
        for pieces in everyCut(of: wire) {
            #expect(throws: SMTPReplyError.malformed) {
                var framer = SMTPReplyFramer()
                for piece in pieces {
                    framer.append(piece)
                    while try framer.nextReply() != nil {}
                }
            }
        }
    }

    @Test("stop at their limits, so that a hostile server cannot fill our memory")
    func limits() throws {
        var limits = SMTPLimits()
        limits.replyLineOctetsMax = 32
        limits.replyLinesMax = 3
        limits.replyOctetsMax = 64
        func outcome(_ wire: String) throws -> SMTPReply? {
            var framer = SMTPReplyFramer(limits: limits)
            framer.append(ByteBuffer(string: wire))
            return try framer.nextReply()
        }
        #expect(try outcome("250 " + String(repeating: "x", count: 26) + "\r\n") != nil)
        #expect(throws: SMTPReplyError.lineTooLong) { try outcome("250 " + String(repeating: "x", count: 27) + "\r\n") }
        #expect(throws: SMTPReplyError.lineTooLong) { try outcome(String(repeating: "x", count: 32)) }
        #expect(try outcome("250-\r\n250-\r\n250 \r\n") != nil)
        #expect(throws: SMTPReplyError.tooLong) { try outcome("250-\r\n250-\r\n250-\r\n250 \r\n") }
        let long = "250-" + String(repeating: "x", count: 20) + "\r\n"
        #expect(throws: SMTPReplyError.tooLong) { try outcome(long + long + long) }
    }

    @Test("reading them never traps, whatever they say (seeded)")
    func mutations() {
        var generator = SeededGenerator(seed: 250)
        for _ in 0..<10_000 {
            var framer = SMTPReplyFramer()
            framer.append(
                ByteBuffer(bytes: mutated("250-mail.example\r\n250-SIZE 5\r\n250 2.0.0 AUTH PLAIN\r\n", &generator))
            )
            do {
                while let reply = try framer.nextReply() { _ = SMTPCapabilities(reply) }
            } catch {
                #expect(error == .malformed || error == .tooLong || error == .lineTooLong)
            }
        }
    }
}

@Suite("EHLO answers")
struct SMTPCapabilitiesTests {
    @Test("are read back as they were written")
    func roundTrip() {
        let full = SMTPCapabilities(
            domain: "mail.example",
            extensions: [
                .pipelining, .startTLS, .eightBitMIME, .enhancedStatusCodes, .dsn, .internationalized, .chunking, .size,
                .auth,
            ],
            messageOctetsMax: 52_428_800,
            mechanisms: ["PLAIN", "SCRAM-SHA-256"]
        )
        #expect(SMTPCapabilities(full.reply) == full)
        #expect(full.reply.enhanced == nil)
        #expect(full.reply.lines.contains("SIZE 52428800"))
        #expect(full.reply.lines.last == "AUTH PLAIN SCRAM-SHA-256")
        let bare = SMTPCapabilities(domain: "mail.example")
        #expect(SMTPCapabilities(bare.reply) == bare)
    }

    @Test("are read in the forms that real servers give them")
    func lenience() {
        let reply = SMTPReply(
            250,
            nil,
            lines: ["mx.example greets you", "size 0", "AUTH=LOGIN", "auth LOGIN plain", "XYZ 1", "", "pipelining"]
        )
        let read = SMTPCapabilities(reply)
        #expect(read.domain == "mx.example")
        #expect(read.extensions == [.size, .auth, .pipelining])
        #expect(read.messageOctetsMax == nil)
        #expect(read.mechanisms == ["LOGIN", "PLAIN"])
    }
}
