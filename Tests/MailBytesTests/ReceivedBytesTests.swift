import MailBytes
import NIOCore
import Testing

@Suite("bytes that have arrived")
struct ReceivedBytesTests {
    @Test("a buffer that never runs empty stays as small as what waits in it")
    func neverEmpty() {
        var buffer = ByteBuffer()
        let arrived = ByteBuffer(repeating: 0x61, count: 4_096)
        for round in 0..<2_000 {
            buffer.appendReceived(arrived)
            // Two octets are left behind each time, as of a command whose end has not come.
            let taken = buffer.readSlice(length: round == 0 ? arrived.readableBytes - 2 : arrived.readableBytes)
            #expect(taken != nil)
            #expect(buffer.readableBytes == 2)
        }
        #expect(buffer.capacity <= 64 * 1_024)
    }

    @Test("what was taken out before stays what it was, and nothing is lost or doubled")
    func content() {
        var buffer = ByteBuffer()
        var taken: [ByteBuffer] = []
        var expected: [UInt8] = []
        for round in 0..<200 {
            let bytes = (0..<7).map { UInt8(truncatingIfNeeded: round * 7 + $0) }
            expected += bytes
            buffer.appendReceived(ByteBuffer(bytes: bytes))
            if let slice = buffer.readSlice(length: min(buffer.readableBytes, round % 3 * 6)) { taken.append(slice) }
        }
        let all = taken.flatMap { Array($0.readableBytesView) } + Array(buffer.readableBytesView)
        #expect(all == expected)
    }
}
