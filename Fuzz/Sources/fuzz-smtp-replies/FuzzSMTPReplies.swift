import FuzzDriver
import NIOCore
import SMTPWire

/// Property: a server's replies, whatever they are, neither trap the client nor grow it without bound.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var framer = SMTPReplyFramer()
    framer.append(ByteBuffer(bytes: UnsafeRawBufferPointer(start: bytes, count: count)))
    do {
        while let reply = try framer.nextReply() { precondition((200...599).contains(reply.code)) }
    } catch {
        return 0
    }
    precondition(framer.octetsWaiting <= count)
    return 0
}

@main
enum FuzzSMTPReplies {
    static func main() { fuzz(fuzzOne) }
}
