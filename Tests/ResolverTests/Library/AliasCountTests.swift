import Testing

@testable import Resolver

@Suite("aliases in a message")
struct AliasCountTests {
    /// A question for `a.example`, two aliases and an address; names by pointers and whole.
    private static let message: [UInt8] =
        [0, 0, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0]
        + [1, 0x61, 7] + Array("example".utf8) + [0, 0, 1, 0, 1]
        + [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 0x62, 0xC0, 14]
        + [1, 0x62, 0xC0, 14, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, 0x63, 0]
        + [1, 0x63, 0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]

    @Test("they are counted")
    func counts() {
        #expect(AliasCount.read(Self.message) == 2)
    }

    @Test("no beginning of a message is a message")
    func cut() {
        for count in 0..<Self.message.count {
            #expect(AliasCount.read(Array(Self.message.prefix(count))) == nil, "\(count)")
        }
    }

    @Test("no octet can be changed so that reading does not end")
    func changed() {
        for place in Self.message.indices {
            for value in UInt8.min...UInt8.max {
                var message = Self.message
                message[place] = value
                #expect((AliasCount.read(message) ?? 0) <= 0xFFFF)
            }
        }
    }
}
