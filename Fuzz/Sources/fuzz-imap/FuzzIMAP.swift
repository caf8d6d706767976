import FuzzDriver
import IMAPWire
import NIOCore

/// Property: whatever the bytes and however they are cut, the framer gives the same frames and the parser never traps.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = ByteBuffer(bytes: UnsafeRawBufferPointer(start: bytes, count: count))
    let whole = frames(of: input, step: max(1, count))
    precondition(frames(of: input, step: 1) == whole, "frames depend on where the bytes are cut")
    return 0
}

private func frames(of input: ByteBuffer, step: Int) -> [String] {
    var framer = IMAPFramer()
    var input = input
    var seen: [String] = []
    var appended = 0
    while let piece = input.readSlice(length: min(step, input.readableBytes)), piece.readableBytes > 0 {
        framer.append(piece)
        while let frame = framer.next() {
            switch frame {
            case .appendChunk(let chunk):
                appended += chunk.readableBytes
                continue
            case .command(let command, let stops):
                _ = try? IMAPRequest.parse(command)
                if stops { framer.resume(appended % 2 == 0 ? .commands : .idle) }
            case .literalAnnounced, .appendBegan, .appendContinued:
                framer.acceptLiteral()
            case .authenticationLine:
                framer.resume(.commands)
            case .closed:
                return seen + ["closed", "\(appended)"]
            default:
                break
            }
            seen.append("\(frame)")
        }
    }
    return seen + ["\(appended)"]
}

@main
enum FuzzIMAP {
    static func main() { fuzz(fuzzOne) }
}
