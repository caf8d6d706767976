import MailTypes
import NIOCore
import Reception
import Testing
import Trace

@Suite("trace header")
struct TraceHeaderTests {
    @Test("the trace header says how a message came (RFC 3848), and hides several recipients from each other")
    func protocols() async throws {
        try await TestSite.with { site in
            let cases: [(ReceptionDoor, Bool, String?, Bool, String)] = [
                (.exchange, false, nil, false, " with SMTP id "),
                (.exchange, true, nil, false, " with ESMTP id "),
                (.exchange, true, "TLSv1.3", false, " with ESMTPS (TLSv1.3) id "),
                (.exchange, true, nil, true, " with UTF8SMTP id "),
                (.lmtp, true, nil, false, " with LMTP id "),
                (.lmtp, true, "TLSv1.2", true, " with UTF8LMTPS (TLSv1.2) id "),
            ]
            for (door, isExtended, tls, isInternationalized, expected) in cases {
                var client = ReceptionClient(
                    session: site.journal.makeID(),
                    door: door,
                    peer: "2001:db8::1",
                    isTrusted: false
                )
                client.isExtended = isExtended
                client.tlsVersion = tls
                client.greetingName = "evil\u{1}name"
                let sender = EnvelopeSender(reversePath: .null, isInternationalized: isInternationalized)
                var buffer = ByteBuffer()
                let recipients = ["alice", "bob"].compactMap { name -> AcceptedRecipient? in
                    if case .accepted(let recipient) = site.verdict(name) { recipient } else { nil }
                }
                let front = site.reception.begin(sender, recipients, client: client, into: &buffer)
                let text = String(buffer: buffer)
                #expect(text.contains(expected), "\(text)")
                #expect(text.hasPrefix("Return-Path: <>\r\nReceived: from unknown ([IPv6:2001:db8::1])\r\n\tby "))
                #expect(!text.contains("alice"))
                #expect(text.hasSuffix(" +0000\r\n"))
                #expect(front.octets == text.utf8.count)
                #expect(front.returnPathOctets == "Return-Path: <>\r\n".utf8.count)
                #expect(text.contains(front.id.description))
            }
        }
    }
}
