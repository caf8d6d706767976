import MIME
import MailTypes
import NIOCore
import Testing

@Suite("delivery reports")
struct DeliveryStatusReportTests {
    private static let original = message("From: alice@a.test\nTo: bob@b.test\nSubject: hi\n\nbody\n")

    private static func report(_ change: (inout DeliveryStatusReport) -> Void = { _ in }) -> DeliveryStatusReport {
        var recipient = ReportedRecipient(
            finalRecipient: "bob@b.test",
            action: .failed,
            status: EnhancedStatus(5, 1, 1)
        )
        recipient.originalRecipient = "rfc822;bob+2Bx@b.test"
        recipient.remoteHost = "mx.b.test"
        recipient.diagnostic = "550 5.1.1 No such\r\nX-Evil: user"
        recipient.lastAttempt = Instant(secondsSince1970: 60)
        let sender = EmailAddress(localPart: "alice", domain: Domain("a.test"))
        var report = DeliveryStatusReport(
            reportingHost: "mx.a.test",
            sender: sender,
            messageID: "<1@mx.a.test>",
            date: Instant(secondsSince1970: 0),
            recipients: [recipient]
        )
        report.envelopeID = "QQ+3D1"
        report.arrivedAt = Instant(secondsSince1970: 1)
        change(&report)
        return report
    }

    private static func parts(_ bytes: [UInt8]) -> [String] {
        let structure = MIMEStructure.parse(bytes.span)
        return structure.children(of: 0).map { latin(bytes[structure.parts[$0].body]) }
    }

    @Test("a remark stands in the text for people, line by line, and nowhere else")
    func remark() {
        let report = Self.report { $0.recipients[0].remark = "Nicht hier.\r\nX-Evil: Ü" }
        let text = String(buffer: report.build(original: Self.original.span))
        #expect(text.contains("\r\n    Nicht hier.\r\n    X-Evil: =C3=9C\r\n"), "\(text)")
        #expect(!text.contains("\r\nX-Evil: =C3=9C"))
    }

    @Test("have a text, a status for machines and the header of the message")
    func whole() {
        let bytes = Array(Self.report().build(original: Self.original.span).readableBytesView)
        var buffer = ByteBuffer()
        IMAPBodyStructure.write(of: bytes.span, extended: false, into: &buffer)
        #expect(latin(buffer).contains(#""delivery-status""#) && latin(buffer).hasSuffix(#""report")"#))
        let parts = Self.parts(bytes)
        #expect(parts.count == 3)
        let expected = """
            Reporting-MTA: dns; mx.a.test
            Original-Envelope-Id: QQ=1
            Arrival-Date: Thu, 1 Jan 1970 00:00:01 +0000

            Original-Recipient: rfc822;bob+x@b.test
            Final-Recipient: rfc822;bob@b.test
            Action: failed
            Status: 5.1.1
            Remote-MTA: dns; mx.b.test
            Diagnostic-Code: smtp; 550 5.1.1 No such  X-Evil: user
            Last-Attempt-Date: Thu, 1 Jan 1970 00:01:00 +0000

            """
        #expect(parts[1] == latin(message(expected)))
        #expect(parts[2] == latin(message("From: alice@a.test\nTo: bob@b.test\nSubject: hi\n\n")))
        #expect(latin(bytes).contains("Auto-Submitted: auto-replied\r\n"))
        #expect(latin(bytes).contains("To: alice@a.test\r\n"))
        #expect(bytes.allSatisfy { $0 < 0x80 })
    }

    @Test("return the whole message when asked to, whatever it holds")
    func full() {
        let nasty = message("Subject: x\n\n--=_report_1mxatest--\n\u{FC}\n")
        let bytes = Array(Self.report { $0.returned = .full }.build(original: nasty.span).readableBytesView)
        let structure = MIMEStructure.parse(bytes.span)
        #expect(structure.children(of: 0).count == 3)
        let last = structure.children(of: 0)[2]
        #expect(structure.parts[last].kind == .message)
        #expect(Array(bytes[structure.parts[last].body]) == nasty)
        #expect(latin(bytes).contains("Content-Transfer-Encoding: 8bit\r\n"))
    }

    @Test("of mail with UTF-8 addresses say so in the types of RFC 6533", arguments: [false, true])
    func internationalized(isInternationalized: Bool) {
        let report = Self.report {
            $0.isInternationalized = isInternationalized
            $0.recipients[0].finalRecipient = "jörg@b.test"
            $0.recipients[0].originalRecipient = "utf-8;jörg@b.test"
        }
        let text = String(decoding: report.build(original: Self.original.span).readableBytesView, as: UTF8.self)
        #expect(text.contains("message/global-delivery-status") == isInternationalized)
        #expect(text.contains("Final-Recipient: utf-8;" + (isInternationalized ? "jörg@b.test" : "j\\x{F6}rg@b.test")))
        let address = isInternationalized ? "jörg@b.test" : "j\\x{F6}rg@b.test"
        #expect(text.contains("Original-Recipient: utf-8;\(address)\r\n"))
    }

    @Test(
        "name the next host, or its address as a literal",
        arguments: [
            ("mx.b.test", "mx.b.test"), ("192.0.2.1", "[192.0.2.1]"), ("2001:db8::1", "[IPv6:2001:db8::1]"),
        ]
    )
    func remoteHost(host: String, told: String) {
        let report = Self.report { $0.recipients[0].remoteHost = host }
        #expect(latin(report.build(original: Self.original.span)).contains("\r\nRemote-MTA: dns; \(told)\r\n"))
    }

    @Test("name themselves for the worst that happened")
    func subjects() {
        let delayed = latin(Self.report { $0.recipients[0].action = .delayed }.build(original: Self.original.span))
        #expect(delayed.contains("Subject: Delayed Mail"))
        let delivered = latin(Self.report { $0.recipients[0].action = .delivered }.build(original: Self.original.span))
        #expect(delivered.contains("Subject: Successful"))
    }

    @Test(
        "say what they enclose: the message or its header, of mail that failed, waits or has arrived",
        arguments: [
            (ReportedRecipient.Action.failed, DSNReturn.full, "Undelivered Message"),
            (.failed, .headers, "Undelivered Message Header"), (.delayed, .headers, "Delayed Message Header"),
            (.delivered, .headers, "Message Header"), (.relayed, .headers, "Message Header"),
        ]
    )
    func enclosure(action: ReportedRecipient.Action, returned: DSNReturn, description: String) {
        let report = Self.report {
            $0.recipients[0].action = action
            $0.returned = returned
        }
        let text = latin(report.build(original: Self.original.span))
        #expect(text.contains("Content-Description: \(description)\r\n"))
        #expect(text.contains("It is\r\nreturned below.") == (action == .failed && returned == .full))
        #expect(text.contains("Its\r\nheader is returned below.") == (action == .failed && returned == .headers))
    }

    @Test("tell by which address of the sender's a recipient was reached, once it is another")
    func originalAddress() {
        let other = latin(Self.report().build(original: Self.original.span))
        #expect(other.contains("<bob@b.test> (expanded from <bob+x@b.test>): failed (5.1.1)"))
        for original in ["rfc822;bob@b.test", "rfc822", nil] {
            let report = Self.report { $0.recipients[0].originalRecipient = original }
            let text = latin(report.build(original: Self.original.span))
            #expect(text.contains("<bob@b.test>: failed (5.1.1)"), "\(original ?? "none")")
        }
    }

    @Test("return so much of a long header and no more")
    func longHeader() {
        let long = message(String(repeating: "X: 0123456789\n", count: 10_000) + "\nbody")
        let bytes = Array(Self.report().build(original: long.span).readableBytesView)
        #expect(bytes.count < MIMELimits.reportedHeaderOctetsMax + 4_096)
        #expect(Self.parts(bytes)[2].hasSuffix("X: 0123456789\r\n"))
    }
}
