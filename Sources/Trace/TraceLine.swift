internal import MailTypes
internal import Telemetry

/// One event as a line of JSON: `{"at":"2026-01-31T12:00:00.000Z","id":"…","event":"stored","to":"…"}`.
enum TraceLine {
    static func append(
        _ id: TimeSortedID,
        _ event: TraceEvent,
        _ fields: [(TraceKey, String)],
        at now: Instant,
        stamp: inout TimestampCache,
        to line: inout [UInt8]
    ) {
        line.append(contentsOf: #"{"at":""#.utf8)
        stamp.append(now, to: &line)
        line.append(contentsOf: #"","id":""#.utf8)
        id.copyText { _, digit in line.append(digit) }
        line.append(contentsOf: #"","event":""#.utf8)
        line.append(contentsOf: event.rawValue.utf8)
        line.append(UInt8(ascii: "\""))
        for (key, value) in fields {
            line.append(contentsOf: #",""#.utf8)
            line.append(contentsOf: key.rawValue.utf8)
            line.append(contentsOf: #"":""#.utf8)
            self.appendEscaped(value, to: &line)
            line.append(UInt8(ascii: "\""))
        }
        line.append(contentsOf: "}\n".utf8)
    }

    /// Octets of one value at most; what a peer sent may be long.
    static let valueOctetsMax = 1_024

    /// RFC 8259 §7: quotes, backslashes and control characters are escaped, the rest stands as it is.
    private static func appendEscaped(_ value: String, to line: inout [UInt8]) {
        let octets = value.utf8.prefix(Self.valueOctetsMax)
        guard octets.contains(where: Self.needsEscape) else {
            line.append(contentsOf: octets)
            return
        }
        for octet in octets {
            if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") {
                line.append(UInt8(ascii: "\\"))
                line.append(octet)
            } else if Self.needsEscape(octet) {
                line.append(contentsOf: #"\u00"#.utf8)
                line.append(Self.hexadecimal[Int(octet >> 4)])
                line.append(Self.hexadecimal[Int(octet & 15)])
            } else {
                line.append(octet)
            }
        }
    }

    private static func needsEscape(_ octet: UInt8) -> Bool {
        octet < 0x20 || octet == 0x7F || octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\")
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)
}

/// Writes times as RFC 3339 with milliseconds, in UTC, and keeps the text of the second it wrote last.
struct TimestampCache {
    private var second: Int64 = .min
    private var text: [UInt8] = []

    mutating func append(_ instant: Instant, to line: inout [UInt8]) {
        let second = instant.secondsSince1970
        if second != self.second {
            self.second = second
            self.text = Array(CivilTime(secondsSince1970: second).timestamp.utf8)
        }
        line.append(contentsOf: self.text)
        let milliseconds = UInt16(instant.millisecondsSince1970 - second * 1_000)
        line.append(UInt8(ascii: "."))
        line.append(UInt8(ascii: "0") + UInt8(milliseconds / 100))
        line.append(UInt8(ascii: "0") + UInt8(milliseconds / 10 % 10))
        line.append(UInt8(ascii: "0") + UInt8(milliseconds % 10))
        line.append(UInt8(ascii: "Z"))
    }
}
