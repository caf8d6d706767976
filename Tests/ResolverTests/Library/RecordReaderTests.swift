import MailTypes
import Testing

@testable import Resolver

@Suite("data of a record")
struct RecordReaderTests {
    static let readable: [(DNSRecordType, [UInt8], DNSRecord)] = [
        (.a, [192, 0, 2, 1], .address("192.0.2.1")),
        (
            .aaaa, [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            .address("2001:db8::1")
        ),
        (.mx, [0, 10] + Self.wire("mx", "example"), .mx(preference: 10, exchange: "mx.example")),
        (.mx, [0xFF, 0xFE, 0], .mx(preference: 65_534, exchange: .root)),
        (.ptr, Self.wire("Host", "EXAMPLE"), .ptr("host.example")),
        (.cname, Self.wire("a", "b", "c"), .cname("a.b.c")),
        (.txt, [3] + Array("one".utf8) + [0, 3] + Array("two".utf8), .txt(Array("onetwo".utf8))),
        (.txt, [0], .txt([])),
        (.txt, [2, 0x00, 0xFF], .txt([0x00, 0xFF])),
        (.tlsa, [3, 1, 1, 0xAB], .tlsa(usage: 3, selector: 1, matching: 1, data: [0xAB])),
    ]

    @Test("well-formed data is read", arguments: Self.readable)
    func reads(_ type: DNSRecordType, _ octets: [UInt8], _ record: DNSRecord) {
        #expect(RecordReader.read(type, octets) == record)
    }

    static let unreadable: [(DNSRecordType, [UInt8])] = [
        (.a, []), (.a, [192, 0, 2]), (.a, [192, 0, 2, 1, 0]), (.aaaa, [192, 0, 2, 1]),
        (.mx, []), (.mx, [0]), (.mx, [0, 10]), (.mx, [0, 10, 2, 0x6D]), (.mx, [0, 10, 1, 0x6D]),
        (.mx, [0, 10] + Self.wire("mx") + [0]),
        (.ptr, []), (.ptr, [0xC0, 0x0C]), (.ptr, [64] + [UInt8](repeating: 0x61, count: 64) + [0]),
        (.ptr, Self.wire("a.b", "example")), (.ptr, Self.wire("a\\b")), (.ptr, Self.wire("a b")),
        (.ptr, Self.wire("a\u{0}b")), (.mx, [0, 10] + Self.wire("mäil", "example")),
        (
            .ptr,
            Self.wire(
                "a",
                String(repeating: "b", count: 63),
                String(repeating: "c", count: 63),
                String(repeating: "d", count: 63),
                String(repeating: "e", count: 63)
            )
        ),
        (.txt, []), (.txt, [4, 0x61]), (.txt, [1, 0x61, 1]),
        (.tlsa, []), (.tlsa, [3, 1, 1]),
    ]

    @Test("malformed data is not read", arguments: Self.unreadable)
    func refuses(_ type: DNSRecordType, _ octets: [UInt8]) {
        #expect(RecordReader.read(type, octets) == nil)
    }

    @Test("any data is read or refused, and nothing read is longer than it", arguments: DNSRecordType.allCases)
    func anything(_ type: DNSRecordType) {
        var state: UInt64 = 1
        for _ in 0..<5_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let count = Int(state >> 33) % 40
            let octets = (0..<count).map { UInt8(truncatingIfNeeded: (state >> 20) &* UInt64($0 + 1) >> 3) & 0x3F }
            guard let record = RecordReader.read(type, octets), case .txt(let text) = record else { continue }
            #expect(text.count < octets.count)
        }
    }

    private static func wire(_ labels: String...) -> [UInt8] {
        labels.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }
}
