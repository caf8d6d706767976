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
        line.append(text: #"{"at":""#)
        stamp.append(now, to: &line)
        line.append(text: #"","id":""#)
        id.copyText { _, digit in line.append(digit) }
        line.append(text: #"","event":""#)
        line.append(text: event.rawValue)
        line.append(UInt8(ascii: "\""))
        for (key, value) in fields {
            line.append(text: #",""#)
            line.append(text: key.rawValue)
            line.append(text: #"":""#)
            line.append(escaping: value, octetsMax: Self.valueOctetsMax)
            line.append(UInt8(ascii: "\""))
        }
        line.append(text: "}\n")
    }

    /// Octets of one value at most; what a peer sent may be long.
    static let valueOctetsMax = 1_024
}

extension [UInt8] {
    fileprivate mutating func append(text: String) {
        var text = text
        text.withUTF8 { unsafe self.append(contentsOf: $0) }
    }

    /// RFC 8259 §7: quotes, backslashes and control characters are escaped, the rest stands as it is.
    fileprivate mutating func append(escaping text: String, octetsMax: Int) {
        var text = text
        text.withUTF8 { octets in
            let octets = unsafe Span(_unsafeElements: octets).extracting(first: octetsMax)
            var start = 0
            for index in octets.indices where Self.needsEscape(octets[index]) {
                self.append(octets.extracting(start..<index))
                self.append(escape: octets[index])
                start = index + 1
            }
            self.append(octets.extracting(start...))
        }
    }

    private mutating func append(_ octets: Span<UInt8>) {
        unsafe octets.withUnsafeBufferPointer { unsafe self.append(contentsOf: $0) }
    }

    private mutating func append(escape octet: UInt8) {
        self.append(UInt8(ascii: "\\"))
        if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") {
            self.append(octet)
        } else {
            self.append(text: octet < 0x10 ? "u000" : "u00")
            self.append(text: String(octet, radix: 16))
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
