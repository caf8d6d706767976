internal import MailBytes
internal import MailTypes
internal import NIOCore
internal import Telemetry

/// One event as a line of JSON: `{"at":"2026-01-31T12:00:00.000Z","id":"…","event":"stored","to":"…"}`.
enum TraceLine {
    static func append(
        _ id: TimeSortedID,
        _ event: TraceEvent,
        _ fields: [(TraceKey, String)],
        at now: Instant,
        stamp: inout TimestampCache,
        to lines: inout ByteBuffer
    ) {
        let octetsMax = fields.reduce(Self.headOctetsMax) { $0 + Self.octetsMax(of: $1.0, $1.1) }
        lines.writeWithOutputRawSpan(minimumWritableBytes: octetsMax) { line in
            line.put(#"{"at":""#)
            stamp.put(now, into: &line)
            line.put(#"","id":""#)
            line.put(id.text.span)
            line.put(#"","event":""#)
            line.put(event.rawValue)
            line.append(UInt8(ascii: "\""))
            for (key, value) in fields {
                line.put(#",""#)
                line.put(key.rawValue)
                line.put(#"":""#)
                line.put(escaping: value, octetsMax: Self.valueOctetsMax)
                line.append(UInt8(ascii: "\""))
            }
            line.put("}\n")
        }
    }

    /// Octets of one value at most; what a peer sent may be long.
    static let valueOctetsMax = 1_024

    /// Octets without the fields at most.
    private static let headOctetsMax = 128

    private static func octetsMax(of key: TraceKey, _ value: String) -> Int {
        key.rawValue.utf8.count + 6 + min(value.utf8.count, Self.valueOctetsMax) * OutputRawSpan.escapeOctetsMax
    }
}

extension OutputRawSpan {
    /// Octets that one octet of a value may take.
    fileprivate static var escapeOctetsMax: Int { 6 }

    /// RFC 8259 §7: quotes, backslashes and control characters are escaped, the rest stands as it is.
    fileprivate mutating func put(escaping text: String, octetsMax: Int) {
        var text = text
        text.withUTF8 { octets in
            let all = unsafe Span(_unsafeElements: octets)
            // Not within a character, which would make the line, and the file, no UTF-8 any more.
            var end = min(octetsMax, all.count)
            while end < all.count, end > 0, UTF8.isContinuation(all[end]) { end -= 1 }
            let octets = all.extracting(0..<end)
            var start = 0
            for index in octets.indices where Self.needsEscape(octets[index]) {
                self.put(octets.extracting(start..<index))
                self.put(escape: octets[index])
                start = index + 1
            }
            self.put(octets.extracting(start...))
        }
    }

    private mutating func put(escape octet: UInt8) {
        self.append(UInt8(ascii: "\\"))
        if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") {
            self.append(octet)
        } else {
            self.put("u00")
            self.append(Hex.digit(octet >> 4))
            self.append(Hex.digit(octet & 0xF))
        }
    }

    private static func needsEscape(_ octet: UInt8) -> Bool {
        octet < 0x20 || octet == 0x7F || octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\")
    }
}

/// Writes times as RFC 3339 with milliseconds, in UTC, and keeps the text of the second it wrote last.
struct TimestampCache {
    private var second: Int64 = .min
    private var text: [UInt8] = []

    mutating func put(_ instant: Instant, into line: inout OutputRawSpan) {
        let second = instant.secondsSince1970
        if second != self.second {
            self.second = second
            self.text = Array(CivilTime(secondsSince1970: second).timestamp.utf8)
        }
        line.put(self.text)
        let milliseconds = UInt16(instant.millisecondsSince1970 - second * 1_000)
        line.append(UInt8(ascii: "."))
        line.append(UInt8(ascii: "0") + UInt8(milliseconds / 100))
        line.append(UInt8(ascii: "0") + UInt8(milliseconds / 10 % 10))
        line.append(UInt8(ascii: "0") + UInt8(milliseconds % 10))
        line.append(UInt8(ascii: "Z"))
    }
}
