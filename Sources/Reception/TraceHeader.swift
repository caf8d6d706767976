internal import MIME
internal import MailBytes
internal import MailTypes
internal import NIOCore
internal import Synchronization

/// Writes the lines a host puts before a message it takes: where failure notices go, and how the message came.
/// RFC 5321 §4.4, RFC 3848, RFC 6531 §4.3.
///
///     Return-Path: <alice@example.org>
///     Received: from client.example ([192.0.2.1])
///         by mail.example.net with ESMTPS (TLSv1.3) id 0a1b2c3d4e5f6
///         for <bob@example.net>; Mon, 23 Nov 2026 05:43:00 +0000
struct TraceHeader: Sendable {
    let hostName: String

    /// - Parameters:
    ///   - returnPath: `nil` when no recipient is here: the line belongs to final delivery only.
    ///   - recipient: the only recipient; `nil` when there are several, who are not to learn of each other.
    func write(
        _ id: TimeSortedID,
        date: String,
        client: ReceptionClient,
        sender: EnvelopeSender,
        returnPath: Bool,
        recipient: ForwardPath?,
        into buffer: inout ByteBuffer
    ) -> (returnPathOctets: Int, octets: Int) {
        let start = buffer.writerIndex
        if returnPath { Self.writeReturnPath(sender.reversePath, into: &buffer) }
        let returnPathOctets = buffer.writerIndex - start
        buffer.writeStaticString("Received: from ")
        Self.writeClient(client, into: &buffer)
        buffer.writeStaticString("\r\n\tby ")
        buffer.writeString(self.hostName)
        buffer.writeStaticString(" with ")
        buffer.writeString(Self.protocolName(client, isInternationalized: sender.isInternationalized))
        if let version = client.tlsVersion { buffer.writeString(" (\(version))") }
        buffer.writeStaticString(" id ")
        buffer.writeSpan(id.text.span)
        if let recipient, sender.isInternationalized || recipient.description.utf8.allSatisfy({ $0 < 0x80 }) {
            buffer.writeStaticString("\r\n\tfor <")
            buffer.writeString(recipient.description)
            buffer.writeStaticString(">; ")
        } else {
            buffer.writeStaticString(";\r\n\t")
        }
        buffer.writeString(date)
        buffer.writeStaticString("\r\n")
        return (returnPathOctets, buffer.writerIndex - start)
    }

    static func writeReturnPath(_ path: ReversePath, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("Return-Path: <")
        buffer.writeString(path.description)
        buffer.writeStaticString(">\r\n")
    }

    /// `Extended-Domain = Domain / (Domain FWS "(" TCP-info ")")`
    private static func writeClient(_ client: ReceptionClient, into buffer: inout ByteBuffer) {
        let name = client.greetingName
        buffer.writeString(!name.isEmpty && name.utf8.allSatisfy(Self.isPlainNameByte) ? name : "unknown")
        guard !client.peer.isEmpty else { return }
        buffer.writeStaticString(" ([")
        if client.peer.utf8.contains(UInt8(ascii: ":")) { buffer.writeStaticString("IPv6:") }
        buffer.writeString(client.peer)
        buffer.writeStaticString("])")
    }

    /// What a greeting may say without breaking the field: anything else is the client's invention.
    private static func isPlainNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"): true
        case UInt8(ascii: "["), UInt8(ascii: "]"): true
        default: false
        }
    }

    /// RFC 3848, RFC 6531 §4.3: how it came, whether encrypted (S) and whether somebody had logged in (A).
    static func protocolName(_ client: ReceptionClient, isInternationalized: Bool) -> String {
        let base: String
        if client.door == .lmtp {
            base = isInternationalized ? "UTF8LMTP" : "LMTP"
        } else if isInternationalized {
            base = "UTF8SMTP"
        } else {
            base = client.isExtended ? "ESMTP" : "SMTP"
        }
        guard base != "SMTP" else { return base }
        return base + (client.tlsVersion != nil ? "S" : "") + (client.user != nil ? "A" : "")
    }
}

/// The date of `Received`, made once a second.
final class DateText: Sendable {
    private let last = Mutex((second: Int64.min, text: ""))

    func text(of instant: Instant) -> String {
        let second = instant.secondsSince1970
        return self.last.withLock { last in
            if last.second != second { last = (second, RFC5322Date.format(instant)) }
            return last.text
        }
    }
}
